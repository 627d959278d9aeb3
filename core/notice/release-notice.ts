/** What people are told of the parameters that name approved releases. */
import * as z from 'zod/mini';

export const releaseNoticeTypes = ['Release Approved', 'Release Taken Back', 'Release Not Published'] as const;
export type ReleaseNoticeType = (typeof releaseNoticeTypes)[number];

/** `detail` of these events. Keys may be added; none changes its meaning while the version stays. */
export const releaseNoticeDetailSchema = z.object({
  version: z.literal(1),
  parameter: z.string().check(z.describe('The parameter that names the release.')),
  ring: z.string(),
  kubernetesVersion: z.string().check(z.describe('The Kubernetes minor, 1.33 for example.')),
  amiType: z.string(),
  imageId: z.nullable(z.string()).check(z.describe('What the parameter names now; null: nothing.')),
  releaseVersion: z.nullable(z.string()),
  reason: z.string().check(z.describe('One sentence.')),
});

export interface ReleaseNotice {
  type: ReleaseNoticeType;
  /** At most 100 ASCII characters in one line (SNS API reference, Publish). */
  subject: string;
  text: string;
  detail: z.output<typeof releaseNoticeDetailSchema>;
}

const verbs: Record<ReleaseNoticeType, string> = {
  'Release Approved': 'Approved',
  'Release Taken Back': 'Taken back',
  'Release Not Published': 'Not published',
};

/** @param release what it is about: approved, gone back to, or not taken */
export const releaseNotice = (
  type: ReleaseNoticeType,
  release: string,
  about: Omit<ReleaseNotice['detail'], 'version'>,
): ReleaseNotice => {
  const { parameter, ring, kubernetesVersion, amiType, imageId, releaseVersion, reason } = about;
  const holds = imageId === null ? 'nothing' : `${releaseVersion ?? imageId} (${imageId})`;
  return {
    type,
    subject: `${verbs[type]}: ${release} in ${ring}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 100),
    text: [
      `${amiType} for Kubernetes ${kubernetesVersion} in the ring ${ring}: ${reason}`,
      `${parameter} holds ${holds}`,
      `To look: aws ssm get-parameter-history --name ${parameter}`,
    ].join('\n'),
    detail: { version: 1, ...about },
  };
};
