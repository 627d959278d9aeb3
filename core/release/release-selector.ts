import { type AmiType, eksAmiTypes } from './ami-variant.ts';
import { parseReleaseVersion } from './release-version.ts';

/**
 * One spelling for naming a release in the input, in pins, in the deny list and in the CLI: `[amiType@]release`, the
 * release being a date (`20260714`), a full release version (`1.35.6-20260714`), a Bottlerocket version or an image id.
 */
export interface ReleaseSelector {
  /** Only releases of this variant; undefined means every variant. */
  amiType?: string;
  by: 'date' | 'releaseVersion' | 'imageId';
  value: string;
  /** As the person wrote it. */
  text: string;
}

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
  if (amiType !== undefined && !(eksAmiTypes as readonly string[]).includes(amiType)) {
    return { error: `"${amiType}" is not an AMI type; allowed are ${eksAmiTypes.join(', ')}` };
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
  // Bottlerocket releases (1.28.0-0ab4fab4) have no day in them; like the others they are compared as a whole.
  if (parseReleaseVersion(value) !== undefined || /^\d+\.\d+\.\d+-[0-9a-f]{8}$/.test(value)) return 'releaseVersion';
  return undefined;
};

/** Does the selector name this release? */
export const selects = (selector: ReleaseSelector, release: SelectableRelease): boolean => {
  if (selector.amiType !== undefined && selector.amiType !== release.amiType) return false;
  switch (selector.by) {
    case 'imageId':
      return release.imageId === selector.value;
    case 'releaseVersion':
      return release.releaseVersion === selector.value;
    case 'date':
      return release.releaseVersion !== null && parseReleaseVersion(release.releaseVersion)?.date === selector.value;
  }
};

/** Can the selector mean a release of this variant at all? An image id can mean any. */
export const appliesTo = (selector: ReleaseSelector, amiType: AmiType | null): boolean =>
  selector.amiType === undefined || selector.amiType === amiType;
