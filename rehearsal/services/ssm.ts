/** SSM Parameter Store (Systems Manager API reference). Public parameters raise no events in a customer's account. */
import type * as client from '@aws-sdk/client-ssm';
import type { Call } from '../wire/call.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import type { Parameter } from '../world/parameters.ts';
import { usual } from '../world/timing.ts';
import type { World } from '../world/world.ts';
import { pageOf } from './paging.ts';

export interface SsmHost {
  /** Told of each change of a parameter of the account's own, and of an image that was not taken, and why. */
  onChange(
    parameter: Pick<Parameter, 'name' | 'type' | 'dataType'>,
    operation: 'Create' | 'Update' | 'Delete',
    exception?: string,
  ): void;
  /** Whether whoever makes a call may look at images. */
  mayDescribeImages(call: Call): boolean;
}

const isPublic = (name: string): boolean => name.startsWith('/aws/');

export const ssmOperations = (world: World, { onChange, mayDescribeImages }: SsmHost): Operations<typeof client> => {
  const { parameters } = world;
  const validating = new Set<string>();

  /** A parameter of an image is written once the image was found (user guide, parameter-store-ec2-aliases). */
  const validate = (name: string, imageId: string, mayDescribe: boolean): void => {
    const type = 'String';
    const dataType = 'aws:ec2:image';
    validating.add(name);
    world.clock.after(usual.imageValidationSeconds * 1000, () => {
      validating.delete(name);
      const operation = parameters.get(name) === undefined ? 'Create' : 'Update';
      const image = world.images.get(imageId);
      if (!mayDescribe || image?.validates !== true || image.state === 'deregistered') {
        onChange({ name, type, dataType }, operation, 'Unable to Describe Resource');
        return;
      }
      onChange(parameters.put(name, imageId, { type, dataType }), operation);
    });
  };

  const notFound = (name: string): AwsError => new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
  return {
    GetParameter: ({ Name }) => {
      const parameter = parameters.get(Name);
      if (parameter === undefined) throw notFound(Name);
      return { Parameter: parameterOut(world, parameter) };
    },

    GetParameters: ({ Names }) => {
      if (Names.length > 10)
        throw new AwsError('ValidationException', 'Member must have length less than or equal to 10');
      const found = Names.flatMap((name) => parameters.get(name) ?? []);
      return {
        Parameters: found.map((parameter) => parameterOut(world, parameter)),
        InvalidParameters: Names.filter((name) => parameters.get(name) === undefined),
      };
    },

    GetParametersByPath: ({ Path, Recursive, MaxResults, NextToken }) => {
      const page = pageOf(parameters.below(Path, Recursive === true), {
        token: NextToken,
        size: Math.min(MaxResults ?? 10, 10),
        onBadToken: () => new AwsError('InvalidNextToken', 'The specified token is not valid.'),
      });
      return {
        Parameters: page.items.map((parameter) => parameterOut(world, parameter)),
        NextToken: page.nextToken,
      };
    },

    PutParameter: ({ Name, Value, Type, DataType, Overwrite }, call) => {
      if (isPublic(Name)) throw new AwsError('AccessDeniedException', 'No access to reserved parameter name.');
      const present = parameters.get(Name);
      if (present !== undefined && Overwrite !== true) {
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      }
      if ((DataType ?? present?.dataType) === 'aws:ec2:image') {
        if (validating.has(Name)) {
          // That it is refused is said, and not by which error: this is the one for updates at the same time.
          throw new AwsError('TooManyUpdates', `Parameter ${Name} is being validated. Try again in five minutes.`);
        }
        validate(Name, Value, mayDescribeImages(call));
        return { Version: (present?.version ?? 0) + 1, Tier: 'Standard' };
      }
      const parameter = parameters.put(Name, Value, {
        ...(Type === undefined ? {} : { type: Type }),
        ...(DataType === undefined ? {} : { dataType: DataType }),
      });
      onChange(parameter, present === undefined ? 'Create' : 'Update');
      return { Version: parameter.version, Tier: 'Standard' };
    },

    DeleteParameter: ({ Name }) => {
      const present = parameters.get(Name);
      if (present === undefined || isPublic(Name)) throw notFound(Name);
      parameters.delete(Name);
      onChange(present, 'Delete');
      return {};
    },
  };
};

const parameterOut = (
  world: World,
  { name, type, dataType, value, version, lastModified }: Parameter,
): client.Parameter => ({
  Name: name,
  Type: type,
  DataType: dataType,
  Value: value,
  Version: version,
  LastModifiedDate: new Date(lastModified),
  // The account field of a public parameter's ARN is empty (Systems Manager user guide, public parameters).
  ARN: isPublic(name) ? `arn:aws:ssm:${world.region}::parameter${name}` : world.arn('ssm', `parameter${name}`),
});
