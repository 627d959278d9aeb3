/**
 * How kubelet arguments came from bootstrap.sh to the kubelet on AL2: bootstrap.sh wrote them into a unit as
 * `Environment='KUBELET_EXTRA_ARGS=…'`, and systemd split `$KUBELET_EXTRA_ARGS` of the command line into words
 * (amazon-eks-ami, al2 bootstrap.sh and kubelet.service; systemd.exec(5), systemd.service(5)). What systemd would have made
 * of something else than plain words and double quotes is not certain.
 */
export const splitLikeSystemd = (value: string): { words: string[] } | { unknown: string; whatToDo: string } => {
  // A backslash at the end of a line goes on with the next one (systemd.syntax(7)).
  const text = value.replace(/\\\n/g, ' ');
  const doubt = doubts.find(({ holds }) => holds(text));
  if (doubt !== undefined) return { unknown: doubt.unknown, whatToDo: doubt.whatToDo };
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s"]|"[^"]*")+/g)) words.push(word.replaceAll('"', ''));
  const blank = words.find((word) => /\s/.test(word));
  if (blank !== undefined) {
    return {
      unknown: `"${blank}" holds a blank, which nodeadm cannot hand to the kubelet`,
      whatToDo: 'take the blank out',
    };
  }
  return { words };
};

const doubts: readonly { holds: (text: string) => boolean; unknown: string; whatToDo: string }[] = [
  {
    holds: (text) => /[\n\r]/.test(text),
    unknown:
      'it holds a line break, which ends the line in the unit that bootstrap.sh writes, so systemd reads only a part of it',
    whatToDo: 'write the arguments on one line, or end each line with a backslash',
  },
  {
    holds: (text) => text.includes("'"),
    unknown:
      'it holds a single quote, which ends the quotes bootstrap.sh writes around it, so nobody can tell whether the kubelet has these arguments today',
    whatToDo: 'leave the single quotes inside out',
  },
  {
    holds: (text) => text.includes('\\'),
    unknown: 'it holds a backslash, which systemd reads as the beginning of an escape',
    whatToDo: 'leave the backslash out',
  },
  {
    holds: (text) => /%[%A-Za-z]/.test(text),
    unknown: 'it holds a % that systemd replaces',
    whatToDo: 'put a comma or a blank after the %, or leave it out',
  },
  {
    holds: (text) => text.split('"').length % 2 === 0,
    unknown: 'it holds a double quote that is not closed',
    whatToDo: 'close the quote',
  },
];
