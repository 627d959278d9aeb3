/** SSM parameters: the account's own, and the public ones that AMI publishers keep. */
import { amiTypesInWorld } from './ami-types.ts';
import { imageIdOf, imageNameOf, partsOfRelease, type ReleaseInWorld } from './images.ts';

export interface Parameter {
  name: string;
  type: 'String' | 'StringList' | 'SecureString';
  dataType: string;
  value: string;
  version: number;
  lastModified: number;
}

export class ParameterStore {
  readonly #parameters = new Map<string, Parameter>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(name: string): Parameter | undefined {
    return this.#parameters.get(name);
  }

  /** Names below a path, in the order of their names. */
  below(path: string, recursive: boolean): Parameter[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [...this.#parameters.values()]
      .filter(({ name }) => name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes('/')))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  put(
    name: string,
    value: string,
    options: { type?: Parameter['type']; dataType?: string; at?: number } = {},
  ): Parameter {
    const present = this.#parameters.get(name);
    const parameter: Parameter = {
      name,
      type: options.type ?? present?.type ?? 'String',
      dataType: options.dataType ?? present?.dataType ?? 'text',
      value,
      version: (present?.version ?? 0) + 1,
      lastModified: options.at ?? this.#now(),
    };
    this.#parameters.set(name, parameter);
    return parameter;
  }

  delete(name: string): boolean {
    return this.#parameters.delete(name);
  }
}

const pathOf = (amiType: string, release: string): string =>
  `/aws/service/eks/optimized-ami/${partsOfRelease(release).minor}/${amiTypesInWorld[amiType]?.parameterFolder}`;

const jsonOf = (imageId: string, imageName: string, releaseVersion: string): string =>
  JSON.stringify({ schema_version: '2', image_id: imageId, image_name: imageName, release_version: releaseVersion });

/** What SSM says of a release when it does not say what EC2 says. */
export interface Disagreement {
  releaseVersion?: string | undefined;
  imageId?: string | undefined;
}

/**
 * A release's own parameters, which stay, and `recommended`, which moves (EKS user guide, retrieve-ami-id): image_id,
 * image_name, release_version, and all of them as JSON in the parent.
 */
export const publish = (
  store: ParameterStore,
  release: ReleaseInWorld & { parameter?: Disagreement | undefined },
  at: number,
): void =>
  putSet(
    store,
    `${pathOf(release.amiType, release.release)}/${imageNameOf(release.amiType, release.release)}`,
    release,
    at,
  );

export const recommend = (
  store: ParameterStore,
  release: ReleaseInWorld & { parameter?: Disagreement | undefined },
  at: number,
): void => putSet(store, `${pathOf(release.amiType, release.release)}/recommended`, release, at);

const putSet = (
  store: ParameterStore,
  path: string,
  { amiType, release, parameter }: ReleaseInWorld & { parameter?: Disagreement | undefined },
  at: number,
): void => {
  const imageId = parameter?.imageId ?? imageIdOf(amiType, release);
  const releaseVersion = parameter?.releaseVersion ?? release;
  const imageName = imageNameOf(amiType, release);
  store.put(path, jsonOf(imageId, imageName, releaseVersion), { at });
  store.put(`${path}/image_id`, imageId, { at, dataType: 'aws:ec2:image' });
  store.put(`${path}/image_name`, imageName, { at });
  store.put(`${path}/release_version`, releaseVersion, { at });
};
