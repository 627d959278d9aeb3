/**
 * Builds what a published package runs from, because Node.js strips no types inside of node_modules: the command, and the
 * bundles the rehearsal runs. `npm pack` calls it before and, with --clean, after.
 */
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { functionIds, parseTemplate } from '../rehearsal/deployment/template.ts';
import { bundleAll } from '../rehearsal/lambda/bundles.ts';

rmSync('dist', { recursive: true, force: true });
if (!process.argv.includes('--clean')) {
  await build({
    entryPoints: { cli: 'cli/main.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'warning',
  });
  await bundleAll(functionIds(parseTemplate(readFileSync('template.yaml', 'utf8'))), 'dist/functions');
}
