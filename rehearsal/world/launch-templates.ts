/** Launch templates and their versions (EC2 user guide, launch templates). Versions are immutable and numbered by EC2. */
import { digest } from '../digest.ts';

export interface TemplateData {
  ImageId?: string;
  InstanceType?: string;
  UserData?: string;
  [member: string]: unknown;
}

export interface TemplateVersion {
  number: number;
  description: string;
  createdAt: number;
  data: TemplateData;
}

export class LaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly tags: Record<string, string>;
  defaultVersion = 1;
  versions: TemplateVersion[] = [];
  #newest = 0;
  /** Requests for a version by token, with what they made, so that the same request is the same version. */
  readonly tokens = new Map<string, { request: string; version: TemplateVersion }>();

  constructor(name: string, createdAt: number, tags: Record<string, string> = {}) {
    this.id = `lt-${digest('launch-template', name).resourceId}`;
    this.name = name;
    this.createdAt = createdAt;
    this.tags = { ...tags };
  }

  add(data: TemplateData, description: string, createdAt: number): TemplateVersion {
    // A number is never given twice, also when its version was deleted.
    this.#newest += 1;
    const version = { number: this.#newest, description, createdAt, data };
    this.versions.push(version);
    return version;
  }

  get latest(): TemplateVersion {
    const latest = this.versions.at(-1);
    if (latest === undefined) throw new Error(`launch template ${this.name} has no version`);
    return latest;
  }

  /** `3`, `$Latest` or `$Default`; undefined: there is no such version. */
  version(wanted: string): TemplateVersion | undefined {
    if (wanted === '$Latest') return this.latest;
    const number = wanted === '$Default' ? this.defaultVersion : Number(wanted);
    return this.versions.find((version) => version.number === number);
  }
}
