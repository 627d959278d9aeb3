/**
 * Bundles of the functions as `sam build` makes them, and the worker's own two modules. Made once for each state of the
 * sources and kept beside the installed packages; a package that was published has them made already.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { bundleFunction } from '../../scripts/bundle.mjs';
import { projectRoot } from '../project-root.ts';

export interface Bundles {
  /** Path of a function's bundle, by logical id. */
  bundleOf(logicalId: string): string;
  workerFiles: { preload: string; runtime: string };
}

const sources = ['core', 'adapters', 'functions', 'scripts', 'rehearsal/lambda', 'package-lock.json', 'package.json'];

export const prepareBundles = async (logicalIds: readonly string[]): Promise<Bundles> => {
  const isCheckout = existsSync(path.join(projectRoot, 'functions'));
  const directory = isCheckout ? await bundleOnce(logicalIds) : path.join(projectRoot, 'dist', 'functions');
  return {
    bundleOf: (logicalId) => path.join(directory, logicalId, 'handler.mjs'),
    workerFiles: {
      preload: path.join(directory, 'pretend-globals.mjs'),
      runtime: path.join(directory, 'runtime.mjs'),
    },
  };
};

const bundleOnce = async (logicalIds: readonly string[]): Promise<string> => {
  const cache = path.join(projectRoot, 'node_modules', '.cache', 'eks-ami-rollout');
  const directory = path.join(cache, await digestOfSources(logicalIds));
  if (existsSync(directory)) return directory;
  await mkdir(cache, { recursive: true });
  await forgetOlder(cache);
  // Made aside and moved into place, so that two runs side by side see whole bundles only.
  const aside = await mkdtemp(path.join(cache, 'making-'));
  await bundleAll(logicalIds, aside);
  try {
    await rename(aside, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
    await rm(aside, { recursive: true });
  }
  return directory;
};

/** Sources change often while one works on them; the bundles of a few states are enough. */
const forgetOlder = async (cache: string): Promise<void> => {
  const entries = await Promise.all(
    (await readdir(cache)).map(async (name) => ({ name, at: (await stat(path.join(cache, name))).mtimeMs })),
  );
  const older = entries.sort((a, b) => b.at - a.at).slice(mostCached);
  await Promise.all(older.map(({ name }) => rm(path.join(cache, name), { recursive: true, force: true })));
};

const mostCached = 6;

/** Every function's bundle, and the worker's modules, into a directory. */
export const bundleAll = async (logicalIds: readonly string[], directory: string): Promise<void> => {
  await Promise.all([
    ...logicalIds.map((logicalId) => bundleFunction(logicalId, path.join(directory, logicalId))),
    build({
      entryPoints: ['pretend-globals', 'runtime'].map((name) =>
        path.join(projectRoot, 'rehearsal', 'lambda', `${name}.ts`),
      ),
      outdir: directory,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      logLevel: 'warning',
    }),
  ]);
};

const digestOfSources = async (logicalIds: readonly string[]): Promise<string> => {
  const hash = createHash('sha256').update(logicalIds.join(' '));
  for (const source of sources) {
    for (const file of await filesBelow(source)) {
      hash.update(`${file}\n`).update(await readFile(path.join(projectRoot, file)));
    }
  }
  return hash.digest('hex').slice(0, 20);
};

const filesBelow = async (source: string): Promise<string[]> => {
  if (/\.\w+$/.test(source)) return existsSync(path.join(projectRoot, source)) ? [source] : [];
  const entries = await readdir(path.join(projectRoot, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(projectRoot, path.join(entry.parentPath, entry.name)))
    .sort();
};
