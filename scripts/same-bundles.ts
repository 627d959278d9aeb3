/** What `sam build` made is what the rehearsal runs, to the byte. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { functionIds, parseTemplate } from '../rehearsal/deployment/template.ts';
import { prepareBundles } from '../rehearsal/lambda/bundles.ts';

const built = '.aws-sam/build';
if (!existsSync(built)) {
  console.error(`${built} is not there; run \`sam build\` first`);
  process.exit(2);
}
const logicalIds = functionIds(parseTemplate(readFileSync('template.yaml', 'utf8')));
const bundles = await prepareBundles(logicalIds);
const different = logicalIds.filter((logicalId) => {
  const folder = path.join(built, logicalId);
  const isAlone = existsSync(folder) && readdirSync(folder).join() === 'handler.mjs';
  return !isAlone || !readFileSync(path.join(folder, 'handler.mjs')).equals(readFileSync(bundles.bundleOf(logicalId)));
});
for (const logicalId of different) console.error(`${logicalId}: sam build made other files than the rehearsal runs`);
if (different.length > 0) process.exit(1);
console.log(`${logicalIds.length} functions: sam build made the files that the rehearsal runs, to the byte.`);
