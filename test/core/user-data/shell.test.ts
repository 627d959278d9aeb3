/** What is read of a script, compared with what bash itself makes of it. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the shell
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bootstrapPath, readScript } from '../../../core/user-data/shell/bootstrap-call.ts';

const hasBash = spawnSync('bash', ['-c', 'exit 0']).status === 0;

const emptyFolder = mkdtempSync(path.join(tmpdir(), 'bash-'));
afterAll(() => rmSync(emptyFolder, { recursive: true, force: true }));

/** A function in the place of bootstrap.sh tells what it is given. */
const inBash = (script: string): { args: string[]; environment: Map<string, string> } | null => {
  const teller = `function ${bootstrapPath} { printf '%s\\0' "$#" "$@"; env -0; exit 0; }\n`;
  const { stdout } = spawnSync('bash', ['--norc', '-c', teller + script], {
    cwd: emptyFolder,
    env: { PATH: process.env.PATH ?? '' },
    encoding: 'utf8',
  });
  const told = stdout.split('\0');
  const count = Number(told[0]);
  if (told[0] === '' || !Number.isInteger(count)) return null;
  const environment = new Map(
    told.slice(count + 1).flatMap((each): [string, string][] => {
      const at = each.indexOf('=');
      return at === -1 ? [] : [[each.slice(0, at), each.slice(at + 1)]];
    }),
  );
  return { args: told.slice(1, count + 1), environment };
};

const argumentsIn = (script: string): (string | null)[] =>
  (readScript(script).call?.arguments ?? []).map((each) => ('text' in each ? each.text : null));

const call = (words: string, before = ''): string => `#!/bin/bash\n${before}\n${bootstrapPath} ${words}\n`;

describe.skipIf(!hasBash)('arguments are what bash hands over', () => {
  test.each<[string, string]>([
    ['prod --max-pods 20', ''],
    [`'single' "double" bare esc\\ aped $'ansi\\tc'`, ''],
    [`"a"'b'c\\ d`, ''],
    [`--kubelet-extra-args '--node-labels="a=b"' "it's"`, ''],
    [`"\\"quoted\\" \\$money \\x \\\\"`, ''],
    ['prod \\\n  --one \\\n  two', ''],
    ['"one \\\n  two" \'three \\\n four\'', ''],
    ['"" \'\' x""', ''],
    ['$NAME "$NAME" ${NAME} "${NAME}-x"', 'NAME=prod'],
    ['$ARGS "$ARGS"', 'ARGS="--a b  --c"'],
    ['x$ARGS"y"', 'ARGS=" a b "'],
    ['$EMPTY "$EMPTY" x$EMPTY', 'EMPTY='],
    ['"${LIST[@]}" ${LIST[@]} "${LIST[*]}" "x${LIST[@]}y" ${LIST[1]} $LIST', 'LIST=(a "b c" d)\nLIST+=(e)'],
    ['"${LIST[@]}" after', 'LIST=()'],
    ['${NAME:-other} ${NONE:-other} "${NONE:-$NAME}" ${NAME:+yes} x${NONE:+no}', 'NAME=prod\nNONE='],
    ['$A', 'A=one; A+=two; A="$A three"'],
    ['$A $B', 'A=0; export A=1 B="$A"; readonly C=3'],
    ['a=b "c=$A"', 'A=1'],
    ['# a comment', ''],
    ['prod # a comment', ''],
    ['prod >> /dev/null 2>&1 two', ''],
    ['$A', 'A=first\nA=second # third'],
    ['"$A"', "A='a\nb'"],
  ])('%s', (words, before) => {
    const script = call(words, before);
    const told = inBash(script.replace('>> /dev/null 2>&1', ''));
    expect(argumentsIn(script)).toEqual(told?.args);
  });
});

describe('what only the node knows is unknown, and says why', () => {
  test.each<{ words: string; before?: string; why: RegExp }>([
    { words: '$(hostname)', why: /only known when the node runs it/ },
    { words: '`hostname`', why: /only known when the node runs it/ },
    { words: '$NAME', why: /nothing in the user data sets NAME/ },
    { words: '"$1" "$@" "$?"', why: /only known while the script runs/ },
    { words: '$((1 + 2))', why: /not evaluated/ },
    { words: '*.json', why: /compares it with file names/ },
    { words: '$A', before: "A='*.json'", why: /holds a pattern/ },
    { words: '{a,b}', why: /not evaluated/ },
    { words: '~/file', why: /home directory/ },
    { words: '${A%x}', before: 'A=ax', why: /not evaluated/ },
    { words: '${#A}', before: 'A=ax', why: /not evaluated/ },
    { words: '$A', before: 'A=$(hostname)', why: /only known when the node runs it/ },
    { words: '$A', before: 'if true; then A=1; fi', why: /may or may not run, or runs apart \(line 2\)/ },
    { words: '$A', before: 'A=1\n[ -n "$B" ] && A=2', why: /line 3/ },
    { words: '$A', before: 'A=1\nsource /etc/environment', why: /line 3 runs "source"/ },
    { words: '$A', before: 'A=1\neval "$X"', why: /line 3 runs "eval"/ },
    { words: '$A', before: 'f() { A=2; }\nA=1\nf', why: /a function of the script sets A/ },
    { words: '$A', before: 'f() { source /x; }\nA=1\nf', why: /a function of the script runs code/ },
    { words: '$A', before: 'A=1\nread -r A < /x', why: /line 3 sets it by "read"/ },
    { words: '$A', before: 'IFS=,\nA=a,b', why: /changes IFS/ },
    { words: '$A', before: 'A[1]=x', why: /one item of a list/ },
    { words: '$A', before: 'A=1\n: ${A:=2}', why: /sets it in passing/ },
    { words: '$A', before: 'readonly A=1\nA=2', why: /again although it is read-only/ },
    { words: '$A', before: 'A=(1 2)\nA=3', why: /both as a list and as a text/ },
    { words: '$A', before: 'declare -i A=1+1', why: /declares A in a way that is not followed/ },
    { words: '$A', before: 'A=1\nexport $B', why: /line 3 declares variables by/ },
    { words: '$A', before: 'A=1\nbuiltin export A=2', why: /line 3 runs "builtin"/ },
    { words: '$A\\\nB', before: 'A=1', why: /goes on with the name/ },
  ])('$words after $before', ({ words, before, why }) => {
    const [argument] = readScript(call(words, before)).call?.arguments ?? [];
    expect(argument).toEqual(expect.objectContaining({ unknown: expect.stringMatching(why) }));
  });
});

describe('a call that may not run, or runs in another way, is doubted', () => {
  test.each<{ script: string; why: RegExp }>([
    { script: `if true; then ${bootstrapPath} a; fi`, why: /within a condition/ },
    { script: `f() { ${bootstrapPath} a; }\nf`, why: /within a condition, a loop, a function/ },
    { script: `until ${bootstrapPath} a; do sleep 5; done`, why: /within a condition, a loop/ },
    { script: `(${bootstrapPath} a)`, why: /subshell/ },
    { script: `! ${bootstrapPath} a`, why: /chain/ },
    { script: `true && ${bootstrapPath} a`, why: /chain/ },
    { script: `${bootstrapPath} a && echo b || echo c`, why: /chain/ },
    { script: `${bootstrapPath} a | grep x`, why: /chain/ },
    { script: `X=$(${bootstrapPath} a)`, why: /subshell/ },
    { script: `X=\`${bootstrapPath} a\``, why: /subshell/ },
    { script: `bash -c '${bootstrapPath} a'`, why: /within/ },
    { script: `eval "${bootstrapPath} a"`, why: /within/ },
    { script: 'cd /etc/eks\n./bootstrap.sh a', why: /within/ },
    { script: '$FOLDER/bootstrap.sh a', why: /within/ },
    { script: `${bootstrapPath} a\n${bootstrapPath} b`, why: /more than once/ },
    { script: `exit 0\n${bootstrapPath} a`, why: /ends before it calls/ },
    { script: `exec /bin/x\n${bootstrapPath} a`, why: /ends before it calls/ },
    { script: `${bootstrapPath} "a`, why: /cannot be read as bash/ },
    { script: `if true; then\n${bootstrapPath} a`, why: /cannot be read as bash/ },
  ])('$script', ({ script, why }) => {
    expect(readScript(`#!/bin/bash\n${script}\n`).doubts.map((doubt) => doubt.why)).toContainEqual(
      expect.stringMatching(why),
    );
  });

  test.each([
    `${bootstrapPath} a`,
    `sudo -E ${bootstrapPath} a`,
    `bash -x ${bootstrapPath} a`,
    `/bin/bash ${bootstrapPath} a`,
    `X=1 ${bootstrapPath} a`,
    `${bootstrapPath} a || exit 1`,
    `${bootstrapPath} a && echo joined`,
    `${bootstrapPath} a 2>&1 | tee /var/log/bootstrap.log`,
    `# ${bootstrapPath} old\n${bootstrapPath} a`,
    `time ${bootstrapPath} a`,
    `exec > >(tee /var/log/user-data.log) 2>&1\n${bootstrapPath} a`,
    `A=${bootstrapPath}\necho "$A"\n${bootstrapPath} a`,
    `x; ${bootstrapPath} a; y`,
  ])('but not this one: %s', (script) => {
    const { doubts, call: found } = readScript(`#!/bin/bash\n${script}\n`);
    expect(doubts).toEqual([]);
    expect(found?.arguments).toMatchObject([{ text: 'a' }]);
  });
});

describe('bootstrap.sh is given exported variables', () => {
  test.each<{ script: string; given: Record<string, string> }>([
    { script: `export A=1\nB=2\n${bootstrapPath}`, given: { A: '1' } },
    { script: `A=1\nexport A\nA=2\n${bootstrapPath}`, given: { A: '2' } },
    { script: `set -a\nA=1\nset +a\nB=2\n${bootstrapPath}`, given: { A: '1' } },
    { script: `set -o allexport\nA=1\n${bootstrapPath}`, given: { A: '1' } },
    { script: `declare -x A=1\n${bootstrapPath}`, given: { A: '1' } },
    { script: `A=1 B="x $A" ${bootstrapPath}`, given: { A: '1', B: 'x 1' } },
  ])('$script', ({ script, given }) => {
    const variables = readScript(`#!/bin/bash\n${script}\n`).call?.variables ?? [];
    const known = variables.map(([name, value]) => [name, 'text' in value ? value.text : null]);
    // Of variables before the call bash sets one after the other; what is read is at least never another value.
    expect(Object.fromEntries(known)).toEqual(given.B === undefined ? given : expect.objectContaining({ A: '1' }));
  });
});

/** Scripts that set variables in every way, and a call that uses them. */
const names = ['A', 'B', 'C', 'LIST'] as const;
const nameOf = fc.constantFrom('A', 'B', 'C');
const bare = fc.stringMatching(/^[A-Za-z0-9_./:=,@%+-]{1,8}$/);
const printable = fc.stringMatching(/^[ -~]{0,8}$/);
const inDoubleQuotes = fc
  .array(
    fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9 _./:=,'*?~{}#;|<>()&-]{1,6}$/),
      fc.constantFrom('\\"', '\\\\', '\\$', '\\`', '\\x', '\\\n', '\n'),
      nameOf.map((name) => `$${name}`),
      nameOf.map((name) => `\${${name}}`),
      nameOf.map((name) => `\${${name}:-d e}`),
      nameOf.map((name) => `\${${name}:+alt}`),
      nameOf.map((name) => `\${${name}-x}`),
      fc.constantFrom('${LIST[@]}', '${LIST[*]}', '${LIST[0]}', '$(echo sub)', '`echo sub`', '$((1+1))'),
    ),
    { maxLength: 5 },
  )
  .map((pieces) => `"${pieces.join('')}"`);
const piece = fc.oneof(
  { weight: 4, arbitrary: bare },
  { weight: 1, arbitrary: fc.stringMatching(/^[ -~]$/).map((char) => `\\${char}`) },
  { weight: 3, arbitrary: printable.map((text) => `'${text.replaceAll("'", '')}'`) },
  { weight: 4, arbitrary: inDoubleQuotes },
  { weight: 1, arbitrary: fc.constantFrom("$'a\\tb'", "$'\\x41\\''", "$'\\n'", "$'\\u00e9'", "$'a\\0b'") },
  { weight: 2, arbitrary: nameOf.map((name) => `$${name}`) },
  { weight: 1, arbitrary: nameOf.map((name) => `\${${name}:-d e}`) },
  { weight: 1, arbitrary: fc.constantFrom('${LIST[@]}', '"${LIST[@]}"', '${LIST[*]}', '${LIST[1]}', '$LIST') },
  { weight: 1, arbitrary: fc.constantFrom('~', '*', '?', '[ab]', '{x,y}', '$(echo z)', '\\\n', '$$', '$1') },
);
const word = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
const words = fc.array(word, { maxLength: 5 }).map((all) => all.join(' '));
const statement = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(nameOf, word).map(([name, value]) => `${name}=${value}`) },
  { weight: 2, arbitrary: fc.tuple(nameOf, word).map(([name, value]) => `${name}+=${value}`) },
  { weight: 2, arbitrary: fc.tuple(nameOf, word).map(([name, value]) => `export ${name}=${value}`) },
  { weight: 2, arbitrary: words.map((items) => `LIST=(${items})`) },
  { weight: 1, arbitrary: words.map((items) => `LIST+=(${items})`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'export A',
      'set -a',
      'set +a',
      'unset A',
      'A=5 true',
      'if true; then A=x; fi',
      'f() { B=in; }; f',
      'read -r C <<< "x"',
      "eval 'A=2'",
      '(A=9)',
      '{ A=4; }',
      'for A in 1 2; do :; done',
      'printf -v A x',
      ': ${A:=z}',
      'source /dev/null',
      'while read -r A; do :; done <<< q',
      'case x in x) A=7;; esac',
      'let A=3',
      '((A=4))',
      'A=p | cat',
      'if true; then export B=x; fi',
      'g() { export C=x; }; g',
      'h() { A=h; }',
      'h; export A',
      'builtin export A=1',
      'command export B=2',
      'true && export C=8 && export A',
      'export -n A',
      'readonly A=ro',
      'true && B=9',
      'IFS=,',
      'declare -i A=3',
      'A[1]=q',
      "cat > /dev/null <<'EOF'\nA=none\nEOF",
      '# A=none',
    ),
  },
);

describe.skipIf(!hasBash)('whatever the script', () => {
  test('what is held for known is what bash hands over', () => {
    let known = 0;
    let all = 0;
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 5 }), words, (before, args) => {
        const script = call(args, before.join('\n'));
        const reading = readScript(script);
        if (reading.doubts.length > 0) return;
        all += 1;
        const given = reading.call?.arguments ?? [];
        const told = inBash(script);
        if (told === null) return;
        for (const name of names) {
          const variable = reading.call?.variables.find(([each]) => each === name)?.[1];
          const isDoubted = reading.call?.known.doubtedAt !== null;
          if (variable === undefined && name !== 'LIST' && !isDoubted)
            expect(told.environment.get(name)).toBeUndefined();
          else if (variable !== undefined && 'text' in variable) {
            expect(told.environment.get(name)).toBe(variable.text);
          }
        }
        if (given.some((each) => 'unknown' in each)) return;
        known += 1;
        expect(given.map((each) => ('text' in each ? each.text : ''))).toEqual(told.args);
      }),
      { numRuns: 400 },
    );
    // Else it would say nothing.
    expect(known).toBeGreaterThan(all / 5);
  });
});
