/** Parts that are no shell: they stay, unless they hold what AL2023 cannot do. */
import type { UserDataPart } from './part.ts';
import { entry, type Place, type Remark, type ReportEntry } from './report.ts';

export const reviewOtherPart = (part: UserDataPart, place: (at: number) => Place): ReportEntry[] => {
  const { kind, text, contentType } = part;
  const [line = ''] = text.split('\n');
  if (kind === 'node-config') return [entry(place(0), line, alreadyConverted)];
  if (contentType === null && kind === 'other' && !text.startsWith('#!'))
    return [entry(place(0), line, ignoredByCloudInit)];
  if (/^#include|^#part-handler/.test(text) || contentType === 'text/x-include-url')
    return [entry(place(0), line, bringsMore)];
  if (contentType?.startsWith('multipart/') === true) return [entry(place(0), line, isNested)];
  const found = withPlaces(text).flatMap(({ content, at }) => {
    if (/^\s*#/.test(content)) return [];
    const rule = rules.find(({ pattern }) => pattern.test(content));
    return rule === undefined ? [] : [entry(place(at), content.trim(), rule.remark)];
  });
  return found.length > 0 ? found : [entry(place(0), `${line} … (${text.split('\n').length} lines)`, carried)];
};

const withPlaces = (text: string): { content: string; at: number }[] => {
  let at = 0;
  return text.split('\n').map((content) => {
    const line = { content, at };
    at += content.length + 1;
    return line;
  });
};

const elsewhere = (why: string, whatToDo: string): Remark => ({ what: 'blocks', why, whatToDo });

const rules: readonly { pattern: RegExp; remark: Remark }[] = [
  {
    pattern: /bootstrap(?:\.\w+)*\.sh/,
    remark: elsewhere(
      'bootstrap.sh is called outside of a shell script, where its arguments are not read',
      'call it in a text/x-shellscript part; user data that eksctl wrote, eksctl writes anew: eksctl create nodegroup --node-ami-family AmazonLinux2023',
    ),
  },
  { pattern: /\bdocker\b/i, remark: elsewhere('there is no Docker on AL2023', 'take it out') },
  {
    pattern: /amazon-linux-extras|kubelet-config\.json|\/etc\/eks\/|\/etc\/containerd\/config\.toml/,
    remark: elsewhere('AL2023 does not have it, or does not read it', 'take it out'),
  },
  {
    pattern: /\b(?:kubectl|crictl|nerdctl|kubelet)\b/,
    remark: elsewhere('cloud-init ends before nodeadm-run starts containerd and the kubelet', 'take it out'),
  },
];

const carried: Remark = { what: 'carried', why: 'cloud-init of AL2023 reads it as that of AL2 did' };

const alreadyConverted: Remark = {
  what: 'blocks',
  why: 'it holds a NodeConfig, so it is for AL2023 already',
  whatToDo: 'use it as it is',
};

const ignoredByCloudInit: Remark = {
  what: 'blocks',
  why: 'it begins with nothing that cloud-init knows (such as #! or #cloud-config), so cloud-init does not run it',
  whatToDo:
    'begin a script with #!/bin/bash; give a message its headers MIME-Version and Content-Type on the first lines',
};

const bringsMore: Remark = {
  what: 'blocks',
  why: 'it brings more user data, which is not looked at',
  whatToDo: 'put what it brings into the user data itself',
};

const isNested: Remark = {
  what: 'blocks',
  why: 'it is a message within the message, which is not looked at',
  whatToDo: 'put its parts into the message itself',
};
