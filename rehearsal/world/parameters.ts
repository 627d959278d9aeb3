/** SSM parameters: the account's own, and the public ones that AMI publishers keep. */
import { amiTypeInWorld } from './ami-types.ts';
import { imageIdOf, imageNameOf, type ReleaseInWorld } from './images.ts';

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

/** What SSM says of a release when it does not say what EC2 says. */
export interface Disagreement {
  releaseVersion?: string | undefined;
  imageId?: string | undefined;
}

/** The parameters of a release's own, which stay. */
export const publish = (store: ParameterStore, release: ReleaseInWorld, at: number): void =>
  putSet(store, release, 'own', at);

/** The parameters that name the newest release, and move with it. */
export const recommend = (store: ParameterStore, release: ReleaseInWorld, at: number): void =>
  putSet(store, release, 'recommended', at);

const putSet = (store: ParameterStore, release: ReleaseInWorld, which: 'own' | 'recommended', at: number): void => {
  const { publisher, folder } = amiTypeInWorld(release.amiType);
  const what = {
    imageId: release.parameter?.imageId ?? imageIdOf(release.amiType, release.release, release.minor),
    imageName: imageNameOf(release),
    releaseVersion: release.parameter?.releaseVersion ?? release.release,
    minor: release.minor,
  };
  for (const [name, value] of Object.entries(publisher.parameters(folder(release.minor), what, which))) {
    store.put(name, value, { at, ...(value === what.imageId ? { dataType: 'aws:ec2:image' } : {}) });
  }
};
