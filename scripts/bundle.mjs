// Bundles a Lambda function: the same bytes for `sam build`, for the rehearsal, and on every machine.
//
//   node scripts/bundle.mjs DetectReleasesFunction OUT_DIRECTORY
//
// A bundle must be small, because each rollout starts a dozen cold functions: SDK schemas that are not used and
// credential sources that Lambda does not have are left out.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** `DetectReleasesFunction`, a logical id of template.yaml, to `detect-releases`, a folder of functions/. */
export const folderOf = (logicalId) =>
  logicalId
    .replace(/Function$/, '')
    .replace(/(?<!^)([A-Z])/g, '-$1')
    .toLowerCase();

/**
 * The SDK's schemas name traits by computed keys, which esbuild must take for code with effects, so it keeps every one of
 * them (547 KB of EC2's); and each client registers a class for each error it knows (90 KB together). With the names
 * written out and the classes not registered, what is not used falls away. An error then comes as the client's base
 * exception with the same name, message and fault; the adapters tell errors apart by name only.
 */
const onlyUsedSchemas = {
  name: 'only-used-schemas',
  setup({ onLoad }) {
    onLoad(
      { filter: /@aws-sdk[\\/](?:client-[^\\/]+|nested-clients)[\\/].*schemas_\d+\.js$/ },
      async ({ path: file }) => {
        if (!rewritten.has(file)) rewritten.set(file, readFile(file, 'utf8').then(withLiteralNames));
        return { contents: await rewritten.get(file), loader: 'js' };
      },
    );
  },
};

/** Each schema is rewritten once, however many functions are bundled. */
const rewritten = new Map();

const withLiteralNames = (source) => {
  const names = new Map([...source.matchAll(/^const (\w+) = ("[^"\n]*");$/gm)].map(([, name, text]) => [name, text]));
  return source
    .replace(/\[(_\w+)\]:/g, (all, name) => (names.has(name) ? `${names.get(name)}:` : all))
    .replace(/^n\d+_registry\.registerError\(.*\);$/gm, '');
};

/** Modules that no function of ours reaches, by what stands in their place. */
const replacements = {
  // Lambda gives a function its credentials in the environment; the rest of the SDK's chain is dead weight there.
  '@aws-sdk/credential-provider-node': `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  // DynamoDB's endpoint is its Region's; finding others is off unless asked for, and brings a cache and its collections.
  '@aws-sdk/middleware-endpoint-discovery': `
    export const resolveEndpointDiscoveryConfig = (config) => config;
    export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
      environmentVariableSelector: () => undefined, configFileSelector: () => undefined, default: undefined,
    };`,
  // STS signs for one Region, as the others do; signing for several needs a native library that is not here anyway.
  '@aws-sdk/signature-v4-multi-region': `
    import { SignatureV4 } from '@smithy/signature-v4';
    export class SignatureV4MultiRegion extends SignatureV4 { static sigv4aDependency() { return 'none'; } }`,
  // No operation we call streams events; one that did would say so at once. A client that has such an operation asks for it.
  '@smithy/core/event-streams': `
    const none = () => { throw new Error('event streams are not bundled; see scripts/bundle.mjs'); };
    const marshaller = { serialize: none, deserialize: none };
    export const eventStreamSerdeProvider = () => marshaller;
    export const resolveEventStreamSerdeConfig = (config) => Object.assign(config, { eventStreamMarshaller: marshaller });
    export const EventStreamSerde = class { constructor() { none(); } };`,
};

/** js-yaml makes its tags and schemas by calls, which esbuild must take for effects; they have none. We only load. */
const onlyUsedYaml = {
  name: 'only-used-yaml',
  setup({ onLoad }) {
    onLoad({ filter: /js-yaml[\\/]dist[\\/]js-yaml\.mjs$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8'))
        .replace(/^((?:var|const|let) [\w$]+ = )(?=(?:new )?[\w$.]+\()/gm, '$1/* @__PURE__ */ ')
        // Texts made of others, members and maps of options: reading them has no effect, either.
        .replace(
          /^((?:var|const|let) [\w$]+ = )(`[^`\n]*`|[A-Z]\w*(?:\.\w+)+|\{\n[\s\S]*?\n\});$/gm,
          '$1/* @__PURE__ */ (() => ($2))();',
        ),
      loader: 'js',
    }));
  },
};

/** What the keys of the policy mean is for editors, by the JSON Schema; a function has no use for it. */
const withoutDescriptions = {
  name: 'without-descriptions',
  setup({ onLoad }) {
    onLoad({ filter: /core[\\/]policy[\\/]policy\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replace(/z\.describe\(\s*'(?:[^'\\\n]|\\.)*',?\s*\)/g, "z.describe('')"),
      loader: 'ts',
    }));
  },
};

const leaveOutUnreached = {
  name: 'leave-out-unreached',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@(?:aws-sdk|smithy)\// }, ({ path: specifier }) =>
      specifier in replacements ? { path: specifier, namespace: 'replaced' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'replaced' }, ({ path: specifier }) => ({
      contents: replacements[specifier],
      loader: 'js',
      resolveDir: root,
    }));
    // A client reads its own package.json for its version and nothing else.
    onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path: file }) => {
      const { version } = JSON.parse(await readFile(file, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** Bundles one function into `outDirectory/handler.mjs`. Returns esbuild's account of what is in it. */
export const bundleFunction = async (logicalId, outDirectory) => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { handler: `functions/${folderOf(logicalId)}/handler.ts` },
    outdir: path.resolve(outDirectory),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // ES modules first: their unused parts fall away, those of CommonJS do not.
    mainFields: ['module', 'main'],
    conditions: ['module'],
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [onlyUsedSchemas, onlyUsedYaml, withoutDescriptions, leaveOutUnreached],
  });
  return metafile;
};

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [logicalId, outDirectory] = process.argv.slice(2);
  if (logicalId === undefined || outDirectory === undefined) {
    console.error('usage: node scripts/bundle.mjs LogicalIdOfTheFunction OUT_DIRECTORY');
    process.exit(2);
  }
  await bundleFunction(logicalId, outDirectory);
}
