import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { load, YAMLException } from 'js-yaml';
import { defaultPolicy, parsePolicy } from '../../core/policy/policy.ts';
import type { PolicyReading } from '../../core/policy/policy-in-force.ts';
import type { PolicyDocument } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/**
 * The policy document: `<prefix>/policy`, and for larger fleets one parameter a ring under `<prefix>/policy/rings/`,
 * read as one. Where there is none, nothing is changed by itself.
 */
export const ssmPolicyDocument = (prefix: string, ssm = new SSMClient(clientSettings)): PolicyDocument => ({
  read: async () => {
    const name = `${prefix}/policy`;
    const main = await callingUnless(
      `ssm:GetParameter ${name}`,
      () => ssm.send(new GetParameterCommand({ Name: name })),
      {
        ParameterNotFound: () => null,
      },
    );
    const rings = await readRings(`${name}/rings`, ssm);
    if (main?.Parameter?.Value === undefined) {
      if (rings.length === 0) return { policy: defaultPolicy, isWritten: false };
      return { mistakes: [`${name}: there are rings under ${name}/rings, but no policy document`] };
    }
    return readPolicyTexts({ name, text: main.Parameter.Value }, rings);
  },
});

interface Text {
  name: string;
  text: string;
}

/** A policy document as it was written, in YAML or JSON; `rings` stand in documents of their own. */
export const readPolicyTexts = (main: Text, rings: readonly Text[]): PolicyReading => {
  const mistakes: string[] = [];
  const read = ({ name, text }: Text): unknown => {
    try {
      return load(text);
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      mistakes.push(`${name}: is neither YAML nor JSON: ${error.message}`);
      return undefined;
    }
  };
  const document = read(main);
  const ofRings = rings.map(read);
  if (mistakes.length > 0) return { mistakes };
  const parsed = parsePolicy(withRings(document, ofRings));
  if ('mistakes' in parsed) return { mistakes: parsed.mistakes.map((mistake) => `${main.name}: ${mistake}`) };
  return { policy: parsed.policy, isWritten: true };
};

const withRings = (document: unknown, rings: unknown[]): unknown => {
  if (rings.length === 0 || typeof document !== 'object' || document === null) return document;
  const own = 'rings' in document && Array.isArray(document.rings) ? document.rings : [];
  return { ...document, rings: [...own, ...rings] };
};

const readRings = async (path: string, ssm: SSMClient): Promise<Text[]> => {
  const rings: Text[] = [];
  let NextToken: string | undefined;
  do {
    const page = await calling(`ssm:GetParametersByPath ${path}`, () =>
      ssm.send(new GetParametersByPathCommand({ Path: path, NextToken, MaxResults: 10 })),
    );
    for (const { Name, Value } of page.Parameters ?? []) {
      if (Name !== undefined && Value !== undefined) rings.push({ name: Name, text: Value });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '');
  return rings.sort((a, b) => a.name.localeCompare(b.name));
};
