/** The file that `--containerd-config-file` names: user data itself must have written it, else nobody knows what is in it. */
import type { HereDoc } from 'unbash';
import type { Decision } from './bootstrap-options.ts';
import type { BootstrapCall, ScriptReading } from './shell/bootstrap-call.ts';
import type { ShellCommand } from './shell/commands.ts';
import { expandParts, expandText } from './shell/expand.ts';

export const convertContainerdFile = (path: string, reading: ScriptReading, call: BootstrapCall): Decision => {
  const handling = reading.commands.filter(
    ({ node, text, name, onlySpeaks }) =>
      node !== call.command && !onlySpeaks && text.includes(path) && !['chmod', 'chown', 'mkdir'].includes(name ?? ''),
  );
  const [writer, ...others] = handling;
  const isTopLevel = reading.script.commands.some(({ command }) => command === writer?.node);
  const content = writer === undefined || others.length > 0 || !isTopLevel ? null : writtenBy(writer, path, call);
  if (content === null) {
    return {
      what: 'blocks',
      to: 'spec.containerd.config',
      why: 'what is in the file is not certain: the script does not write it in one here-document',
      whatToDo: "write the file in the script before the call (cat > FILE <<'EOF' … EOF), and convert again",
    };
  }
  if (content.includes('SANDBOX_IMAGE')) {
    return {
      what: 'blocks',
      to: 'spec.containerd.config',
      why: 'bootstrap.sh put the pause image in the place of SANDBOX_IMAGE; nodeadm does not',
      whatToDo: 'take the line with SANDBOX_IMAGE out; nodeadm names the pause image',
    };
  }
  return {
    what: 'changed',
    to: 'spec.containerd.config',
    why: 'on AL2 the file took the place of the default configuration; nodeadm lays it over its own, and containerd is 2.x',
    whatToDo: 'take out what only repeated the defaults of AL2',
    spec: { containerd: { config: content } },
  };
};

/** Null: it is not certain. */
const writtenBy = ({ node, name, args }: ShellCommand, path: string, call: BootstrapCall): string | null => {
  const documents = node.redirects.filter((each): each is HereDoc => each.type === 'HereDoc');
  const targets = node.redirects.flatMap((each) => {
    if (each.type !== 'Redirect' || each.operator !== '>' || each.target === undefined) return [];
    const target = expandText(each.target, call.known);
    return 'text' in target ? [target.text] : [];
  });
  const isWriter =
    (name === 'cat' && targets.includes(path)) || (name === 'tee' && args.length === 1 && args[0] === path);
  const [document] = documents;
  if (!isWriter || documents.length !== 1 || document === undefined) return null;
  const body = bodyOf(document, call);
  return body === '' ? null : body;
};

const bodyOf = ({ operator, delimiter, body }: HereDoc, call: BootstrapCall): string | null => {
  if (delimiter === undefined) return null;
  const isPlain = delimiter.quoted || body.parts === undefined;
  if (!isPlain) {
    const text = expandParts(body.parts ?? [], call.known);
    if ('unknown' in text) return null;
    return operator === '<<-' ? withoutTabs(text.text) : text.text;
  }
  // Backslashes of a document that is not quoted mean something to the shell.
  if (!delimiter.quoted && body.text.includes('\\')) return null;
  return operator === '<<-' ? withoutTabs(body.text) : body.text;
};

const withoutTabs = (text: string): string => text.replace(/^\t+/gm, '');
