import type { Metafile } from 'esbuild';

/** `DetectReleasesFunction`, a logical id of template.yaml, to `detect-releases`, a folder of functions/. */
export declare const folderOf: (logicalId: string) => string;

/** Bundles one function into `outDirectory/handler.mjs`. Returns esbuild's account of what is in it. */
export declare const bundleFunction: (logicalId: string, outDirectory: string) => Promise<Metafile>;
