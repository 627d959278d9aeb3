/** The state machines are valid, by asl-validator and by the stricter reading of our own engine. */
import { globSync, readFileSync } from 'node:fs';
import validate from 'asl-validator';
import { parse } from 'yaml';
import { parseDefinition } from '../rehearsal/state-machines/index.ts';

let isValid = true;
for (const file of globSync('statemachines/*.asl.yaml').sort()) {
  // Substitutions are ARNs of functions and machines.
  const text = readFileSync(file, 'utf8').replace(/\$\{\w+\}/g, 'arn:aws:lambda:us-east-1:111122223333:function:any:1');
  const result = validate(parse(text));
  const problems = result.errors.map((error) => JSON.stringify(error));
  try {
    parseDefinition(text, file);
  } catch (error) {
    problems.push(String(error));
  }
  isValid &&= problems.length === 0;
  console.log(`${file}: ${problems.length === 0 ? 'valid' : problems.join('\n  ')}`);
}
if (!isValid) process.exit(1);
