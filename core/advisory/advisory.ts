/** Security advisories of Amazon Linux (ALAS), and whether a release of the EKS AMIs has what mends them. */
import { type AmiType, amiVariants } from '../release/ami-variant.ts';
import { compareRpm } from './rpm-version.ts';

export const severities = ['low', 'medium', 'important', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface Advisory {
  /** `ALAS2023-2026-1695` */
  id: string;
  severity: Severity;
  /** The source package it is about: `kernel6.12`. */
  package: string;
  /** ISO 8601; null: the feed does not say. */
  publishedAt: string | null;
  link: string | null;
  /** Versions that mend it, by package; null: not known, because its page was not read. */
  fixed: Readonly<Record<string, string>> | null;
}

/** A title of the feeds: `ALAS2023-2026-1695 (important): kernel6.12`. */
export const parseTitle = (title: string): Pick<Advisory, 'id' | 'severity' | 'package'> | undefined => {
  const [, id, severity, name] = /^\s*(ALAS[\w.-]*)\s+\(([A-Za-z]+)\):\s+(\S+)\s*$/.exec(title) ?? [];
  const known = severities.find((each) => each === severity?.toLowerCase());
  return id === undefined || name === undefined || known === undefined
    ? undefined
    : { id, severity: known, package: name };
};

/** The lines of an advisory's page under "New Packages": `kernel-6.1.119-129.201.amzn2023.x86_64`. */
export const parseFixed = (page: string): Record<string, string> => {
  const text = page.replace(/<[^>]*>/g, ' ').replaceAll('&nbsp;', ' ');
  const from = text.search(/New Packages/i);
  const fixed: Record<string, string> = {};
  const line =
    /(?:^|\s)([A-Za-z0-9][\w+.-]*?)-((?:\d+:)?\d[\w.+~^]*-[\w.+~^]+?)\.(?:x86_64|aarch64|noarch|i686)(?=\s|$)/g;
  for (const [, name = '', version = ''] of text.slice(Math.max(0, from)).matchAll(line)) {
    const present = fixed[name];
    if (present === undefined || compareRpm(version, present) > 0) fixed[name] = version;
  }
  return fixed;
};

/** A release of an AMI type with the packages that are known of it. */
export interface ReleasePackages {
  release: string;
  amiType: AmiType;
  minor: string | null;
  /** By name; a kernel is `kernel`, whichever line it is of. */
  packages: Readonly<Record<string, string>>;
}

export type AdvisoryVerdict =
  | { verdict: 'fixed' | 'open'; has: string; needs: string }
  | { verdict: 'not-concerned' | 'cannot-be-judged'; reason: string };

/** Unknown is a third answer: what is not listed is neither mended nor open. */
export const judgeAdvisory = (
  { id, package: about, fixed }: Advisory,
  { amiType, packages, release }: ReleasePackages,
): AdvisoryVerdict => {
  const { operatingSystem } = amiVariants[amiType];
  if (operatingSystem !== 'AL2' && operatingSystem !== 'AL2023')
    return { verdict: 'not-concerned', reason: `${amiType} is not Amazon Linux` };
  if (systemOf(id) !== operatingSystem)
    return { verdict: 'not-concerned', reason: `${id} is not of ${operatingSystem}` };
  const line = kernelLineOf(id, about);
  const name = line === null ? about : 'kernel';
  const installed = packages[name]?.replace(/\.(x86_64|aarch64|noarch)$/, '');
  if (installed === undefined || installed === '')
    return { verdict: 'cannot-be-judged', reason: `${name} is not among the packages known of ${release}` };
  if (line !== null && !installed.startsWith(`${line}.`))
    return { verdict: 'not-concerned', reason: `its kernel is ${installed}, not ${line}` };
  const needs = fixed?.[about] ?? (line === null ? undefined : fixed?.kernel);
  if (needs === undefined) {
    const why = fixed === null ? 'its page was not read' : `its page names no version of ${about}`;
    return { verdict: 'cannot-be-judged', reason: `which version mends it is not known: ${why}` };
  }
  return { verdict: compareRpm(installed, needs) >= 0 ? 'fixed' : 'open', has: installed, needs };
};

/** Prefixes of ids: ALAS2023, ALAS2023LIVEPATCH; ALAS2 and its extras, ALASKERNEL-5.10 for example. */
const systemOf = (id: string): 'AL2' | 'AL2023' => (id.startsWith('ALAS2023') ? 'AL2023' : 'AL2');

/** Each line of kernels has advisories of its own; null: it is about no kernel. */
const kernelLineOf = (id: string, about: string): string | null => {
  const [, named] = /^kernel(\d+\.\d+)$/.exec(about) ?? [];
  if (named !== undefined) return named;
  if (about !== 'kernel') return null;
  const [, extra] = /^ALASKERNEL-(\d+\.\d+)-/.exec(id) ?? [];
  return extra ?? (systemOf(id) === 'AL2023' ? '6.1' : '4.14');
};
