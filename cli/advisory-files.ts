/** Reads feeds of advisories, from the web or from files. What cannot be read is named; the rest is kept. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { type Advisory, parseFixed, parseTitle } from '../core/advisory/advisory.ts';
import { UsageError } from './exit-codes.ts';
import { type ReadFile, textOf } from './history-files.ts';

const isUrl = (source: string): boolean => /^https?:\/\//.test(source);

const fetchText = async (url: string): Promise<string> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return await answer.text();
  } catch (error) {
    throw new UsageError(`${url}: cannot be read: ${(error as Error).message}`);
  }
};

const read = (source: string): Promise<string> => (isUrl(source) ? fetchText(source) : textOf(source));

interface Item {
  title?: unknown;
  link?: unknown;
  pubDate?: unknown;
}

/** An RSS feed of alas.aws.amazon.com. */
export const readFeed = async (source: string): Promise<ReadFile<Advisory>> => {
  const text = await read(source);
  const isXml = XMLValidator.validate(text);
  if (isXml !== true) throw new UsageError(`${source}:${isXml.err.line}: is not a feed: ${isXml.err.msg}`);
  const document = new XMLParser({ isArray: (name) => name === 'item', parseTagValue: false }).parse(text) as {
    rss?: { channel?: { item?: Item[] } };
  };
  const channel = document.rss?.channel;
  if (channel === undefined) {
    const found = Object.keys(document).filter((name) => name !== '?xml');
    throw new UsageError(`${source}: is not an RSS feed: it has no <rss><channel>, but <${found.join('>, <')}>`);
  }
  const items: Advisory[] = [];
  const mistakes: string[] = [];
  for (const [index, { title, link, pubDate }] of (channel.item ?? []).entries()) {
    const parsed = parseTitle(String(title ?? ''));
    if (parsed === undefined) {
      const wanted = 'ALAS2023-2026-1695 (important): kernel6.12';
      mistakes.push(
        `${source}: item ${index + 1}: title ${JSON.stringify(title ?? '')} is not one such as "${wanted}"`,
      );
      continue;
    }
    const published = Date.parse(String(pubDate ?? ''));
    items.push({
      ...parsed,
      publishedAt: Number.isNaN(published) ? null : new Date(published).toISOString(),
      // Nothing but a page of the web is read by what a feed says.
      link: typeof link === 'string' && isUrl(link) ? link : null,
      fixed: null,
    });
  }
  return { items, mistakes };
};

/** With what the page of an advisory says: from a folder of saved pages, `ID.html`, else from the web if it may be asked. */
export const withPage = async (
  advisory: Advisory,
  { details, online }: { details: string | undefined; online: boolean },
): Promise<{ advisory: Advisory; mistake?: string }> => {
  const file = details === undefined ? undefined : path.join(details, `${advisory.id}.html`);
  const source = file !== undefined && existsSync(file) ? file : online ? advisory.link : null;
  if (source === null) return { advisory };
  try {
    return { advisory: { ...advisory, fixed: parseFixed(await read(source)) } };
  } catch (error) {
    return { advisory, mistake: (error as Error).message };
  }
};
