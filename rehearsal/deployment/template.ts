/** Reads template.yaml as CloudFormation and SAM would: its tags, its intrinsic functions, its conditions. */
import { type CollectionTag, parse, Scalar, type ScalarTag, YAMLMap, YAMLSeq } from 'yaml';

export interface Template {
  Parameters: Record<string, { Type: string; Default?: unknown; AllowedValues?: unknown[]; AllowedPattern?: string }>;
  Mappings: Record<string, Record<string, Record<string, unknown>>>;
  Conditions: Record<string, unknown>;
  Globals: { Function?: Record<string, unknown> };
  Resources: Record<string, Resource>;
}

export interface Resource {
  Type: string;
  /** The name of a condition without which it is not made. */
  Condition?: string;
  Metadata?: Record<string, unknown>;
  Properties: Record<string, unknown>;
}

/** Something in the template that is not played. Said loudly, because silence would be taken for AWS. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const functionNames = ['Sub', 'GetAtt', 'If', 'Equals', 'Not', 'And', 'Or', 'Join', 'Select', 'Split', 'FindInMap'];

/** `!Ref X` and `!Sub …` as the objects they stand for: `{ Ref: X }`, `{ "Fn::Sub": … }`. */
const tags = (): (ScalarTag | CollectionTag)[] => {
  const longForm = (name: string): string => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`);
  return ['Ref', 'Condition', ...functionNames].flatMap((name) => [
    {
      tag: `!${name}`,
      resolve: (text: string) => {
        // !GetAtt Queue.Arn is the short form of [Queue, Arn].
        const value = name === 'GetAtt' ? [text.slice(0, text.indexOf('.')), text.slice(text.indexOf('.') + 1)] : text;
        return { [longForm(name)]: value };
      },
    },
    {
      tag: `!${name}`,
      collection: 'seq' as const,
      resolve: (value: YAMLSeq | YAMLMap) => ({ [longForm(name)]: value }) as never,
    },
  ]);
};

/** An object of a collection tag still holds YAML nodes; here they become plain values. */
const plain = (value: unknown): unknown => {
  if (value instanceof YAMLSeq) return value.items.map(plain);
  if (value instanceof YAMLMap) {
    return Object.fromEntries(value.items.map((pair) => [String(plain(pair.key)), plain(pair.value)]));
  }
  if (value instanceof Scalar) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
  }
  return value;
};

export const parseTemplate = (text: string): Template => {
  const template = plain(parse(text, { customTags: tags() })) as Partial<Template>;
  return {
    Parameters: template.Parameters ?? {},
    Mappings: template.Mappings ?? {},
    Conditions: template.Conditions ?? {},
    Globals: template.Globals ?? {},
    Resources: template.Resources ?? {},
  };
};

/** Logical ids of the functions. */
export const functionIds = ({ Resources }: Template): string[] =>
  Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::Serverless::Function')
    .map(([logicalId]) => logicalId);
