import { type AmiType, eksAmiTypes, ubuntuAmiTypes } from './ami-variant.ts';
import { dayOf, parseReleaseVersion } from './release-version.ts';

/**
 * One spelling for naming a release in the input, in pins, in the deny list and in the CLI: `[amiType@]release`, the
 * release being a date (`20260714`), a full release version (`1.35.6-20260714`, `1.28.0-0ab4fab4`, `1.35-2026.04.18`), a
 * Bottlerocket version without its commit (`1.28.0`) or an image id.
 */
export interface ReleaseSelector {
  /** Only releases of this variant; undefined means every variant. */
  amiType?: string;
  by: 'date' | 'releaseVersion' | 'bottlerocketVersion' | 'imageId';
  value: string;
  /** As the person wrote it. */
  text: string;
}

/** What may stand before the `@`. */
export const selectableAmiTypes: readonly string[] = [...eksAmiTypes, ...ubuntuAmiTypes];

const selectorPattern = /^(?:([A-Za-z0-9_]+)@)?([A-Za-z0-9.+_-]+)$/;

/** What a selector is compared with. */
export interface SelectableRelease {
  amiType: AmiType | null;
  releaseVersion: string | null;
  imageId: string;
}

/** Reads a selector. The error says what is wrong and what is allowed. */
export const parseReleaseSelector = (text: string): { selector: ReleaseSelector } | { error: string } => {
  const match = selectorPattern.exec(text);
  if (match === null) {
    return { error: `"${text}" is not a release; write [amiType@]release, for example 20260714 or 1.35.6-20260714` };
  }
  const [, amiType, value] = match as unknown as [string, string | undefined, string];
  if (amiType !== undefined && !selectableAmiTypes.includes(amiType)) {
    return { error: `"${amiType}" is not an AMI type; allowed are ${selectableAmiTypes.join(', ')}` };
  }
  const by = kindOf(value);
  if (by === undefined) {
    return {
      error: `"${value}" is not a release; write a date (20260714), a release version (1.35.6-20260714) or an image id (ami-0123456789abcdef0)`,
    };
  }
  return { selector: { ...(amiType === undefined ? {} : { amiType }), by, value, text } };
};

const kindOf = (value: string): ReleaseSelector['by'] | undefined => {
  if (/^ami-[0-9a-f]{8,17}$/.test(value)) return 'imageId';
  if (/^\d{8}$/.test(value)) return 'date';
  if (/^\d+\.\d+\.\d+$/.test(value)) return 'bottlerocketVersion';
  return parseReleaseVersion(value) === undefined ? undefined : 'releaseVersion';
};

/** Does the selector name this release? */
export const selects = (selector: ReleaseSelector, release: SelectableRelease): boolean => {
  if (selector.amiType !== undefined && selector.amiType !== release.amiType) return false;
  if (selector.by === 'imageId') return release.imageId === selector.value;
  if (release.releaseVersion === null) return false;
  if (selector.by === 'releaseVersion') return release.releaseVersion === selector.value;
  const version = parseReleaseVersion(release.releaseVersion, release.amiType);
  if (version === undefined) return false;
  return selector.by === 'date'
    ? dayOf(version) === selector.value
    : version.family === 'Bottlerocket' && version.build.startsWith(`${selector.value}-`);
};

/** Can the selector mean a release of this variant at all? An image id can mean any. */
export const appliesTo = (selector: ReleaseSelector, amiType: AmiType | null): boolean =>
  selector.amiType === undefined || selector.amiType === amiType;
