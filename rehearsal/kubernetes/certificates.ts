/** The authority behind the clusters' Kubernetes APIs, and the certificate they show. Made once a process. */
import { generate } from 'selfsigned';

export interface ServerCertificate {
  key: string;
  cert: string;
  /** PEM of the authority a client must trust. */
  authority: string;
}

let made: Promise<ServerCertificate> | undefined;

/** Valid far beyond any pretend or real date. */
const validity = { notBeforeDate: new Date('2000-01-01T00:00:00Z'), notAfterDate: new Date('2099-12-31T00:00:00Z') };

export const serverCertificate = (): Promise<ServerCertificate> => {
  made ??= make();
  return made;
};

const make = async (): Promise<ServerCertificate> => {
  const authority = await generate([{ name: 'commonName', value: 'eks-ami-rollout rehearsal' }], {
    ...validity,
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    ...validity,
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: server.private, cert: server.cert, authority: authority.cert };
};
