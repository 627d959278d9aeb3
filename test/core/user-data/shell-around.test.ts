/** Shell before and after the call, and parts beside it. */
import { describe, expect, test } from 'vitest';
import { convertUserData } from '../../../core/user-data/convert.ts';
import { renderUserData } from '../../../core/user-data/render.ts';
import { aPart, blocksOf, convert, described } from './builders.ts';

const call = '/etc/eks/bootstrap.sh prod';
const beforeCall = (shell: string) => convert(`#!/bin/bash\n${shell}\n${call}\n`);
const afterCall = (shell: string) => convert(`#!/bin/bash\n${call}\n${shell}\n`);

describe('before the call, what AL2023 cannot do blocks', () => {
  test.each<{ shell: string; says: RegExp }>([
    { shell: 'docker login -u x', says: /no Docker/ },
    { shell: 'if [ -f /x ]; then docker ps; fi', says: /no Docker/ },
    { shell: 'X=$(docker ps -q)', says: /no Docker/ },
    { shell: 'X=`docker ps -q`', says: /no Docker/ },
    { shell: 'f() { docker ps; }', says: /no Docker/ },
    { shell: 'sudo docker ps', says: /no Docker/ },
    { shell: 'cloud-init-per once pull docker pull x', says: /no Docker/ },
    { shell: 'timeout 60 docker pull x', says: /no Docker/ },
    { shell: 'systemctl enable --now docker.service', says: /no such unit/ },
    { shell: 'service docker restart', says: /no such unit/ },
    { shell: 'amazon-linux-extras install epel', says: /no amazon-linux-extras/ },
    { shell: 'nodeadm init', says: /run by systemd/ },
    { shell: 'systemctl restart kubelet', says: /must not start it/ },
    { shell: 'kubectl get nodes', says: /needs a running kubelet or containerd/ },
    { shell: 'crictl pull x', says: /needs a running kubelet or containerd/ },
    { shell: 'ctr -n k8s.io images ls', says: /needs a running kubelet or containerd/ },
    { shell: 'curl -s localhost:10248/healthz', says: /needs a running kubelet or containerd/ },
    { shell: 'pgrep kubelet', says: /needs a running kubelet or containerd/ },
    { shell: "sed -i 's/a/b/' /etc/kubernetes/kubelet/kubelet-config.json", says: /no kubelet-config.json/ },
    { shell: "sed -i 's/a/b/' /etc/eks/bootstrap.sh", says: /only prints an error/ },
    { shell: 'cat /etc/eks/eni-max-pods.txt', says: /does not have this file/ },
    { shell: 'cp /x /etc/eks/containerd/containerd-config.toml', says: /does not have this file/ },
    { shell: 'echo x >> /etc/containerd/config.toml', says: /wrote over this file/ },
    { shell: "cat > /x <<'EOF'\n/etc/eks/bootstrap.sh other\nEOF", says: /only prints an error/ },
    { shell: 'cp /x /var/lib/kubelet/kubeconfig', says: /writes the kubeconfig/ },
    {
      shell: 'echo KUBELET > /etc/systemd/system/kubelet.service.d/10-kubelet-args.conf',
      says: /reads no KUBELET_ARGS/,
    },
  ])('$shell', ({ shell, says }) => {
    expect(blocksOf(beforeCall(shell))).toContainEqual(expect.stringMatching(says));
    expect(beforeCall(shell).outcome).toBe('refused');
  });
});

describe('before the call, what means something else is carried, with a word', () => {
  test.each<{ shell: string; says: RegExp }>([
    { shell: 'yum install -y htop', says: /other repositories/ },
    { shell: 'curl -s http://169.254.169.254/latest/meta-data/instance-id', says: /IMDSv2/ },
    { shell: 'mkdir -p /etc/docker/certs.d', says: /nothing reads it/ },
    { shell: 'systemctl restart containerd', says: /nodeadm-run starts containerd/ },
    { shell: 'echo x > /etc/sysconfig/network-scripts/ifcfg-eth1', says: /systemd-networkd/ },
    { shell: 'curl -O https://x/agent.amzn2.rpm', says: /made for AL2/ },
    { shell: 'echo HTTPS_PROXY=http://p >> /etc/environment', says: /nodeadm-config has run by then/ },
    { shell: 'set -e\ntouch /x', says: /an error before bootstrap.sh .* starts the kubelet all the same/ },
    { shell: '[ -f /x ] && exit 0', says: /did not join where the script ended here/ },
    { shell: 'if true; then\n  touch /x || exit 1\nfi', says: /did not join where the script ended here/ },
    { shell: 'source /etc/profile', says: /not looked at/ },
  ])('$shell', ({ shell, says }) => {
    const conversion = beforeCall(shell);
    expect(conversion.outcome).toBe('converted');
    expect(conversion.report.filter(({ what }) => what === 'changed').map(({ why }) => why)).toContainEqual(
      expect.stringMatching(says),
    );
  });
});

describe('before the call, the rest needs no word', () => {
  test.each([
    'echo "docker and /etc/eks/bootstrap.sh are not here"',
    'echo "starting /etc/eks/bootstrap.sh" >> /var/log/user-data.log',
    '# docker pull x',
    'mkdir -p /etc/systemd/system/kubelet.service.d',
    'TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 60")',
    'curl -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/mac',
    'command -v docker',
    '/opt/acme/prepare.sh --docker=no',
    'while read -r line; do echo "$line"; done < /etc/hosts',
    'sleep 5',
  ])('%s', (shell) => {
    const conversion = beforeCall(shell);
    expect(conversion.report.filter(({ what }) => what !== 'carried')).toEqual([]);
    expect(conversion.otherParts).toMatchObject(
      shell.startsWith('#') ? [] : [{ body: expect.stringContaining(shell) }],
    );
  });
});

describe('after the call, what could need the kubelet blocks', () => {
  test.each<{ shell: string; says: RegExp }>([
    { shell: '/opt/acme/register.sh', says: /nobody can tell whether it needs it/ },
    { shell: '"$HOOK"', says: /nobody can tell/ },
    { shell: 'bash /opt/acme/register.sh', says: /nobody can tell/ },
    { shell: 'curl https://x | bash', says: /nobody can tell/ },
    { shell: 'source /opt/acme/env', says: /nobody can tell/ },
    { shell: 'sleep 30', says: /nobody can tell/ },
    { shell: 'reboot', says: /nobody can tell/ },
    { shell: 'if true; then /opt/x; fi', says: /nobody can tell/ },
    { shell: 'while ! [ -f /var/x ]; do :; done', says: /waits/ },
    { shell: 'until systemctl is-active kubelet; do :; done', says: /waits/ },
    { shell: 'kubectl label node x a=b', says: /needs a running kubelet/ },
    { shell: 'docker run x', says: /no Docker/ },
  ])('$shell', ({ shell, says }) => {
    expect(blocksOf(afterCall(shell))).toContainEqual(expect.stringMatching(says));
  });

  test('also by a function that stands before it', () => {
    const conversion = convert(`#!/bin/bash\nf() { /opt/x; }\n${call}\nf\n`);
    expect(blocksOf(conversion)).toEqual([expect.stringContaining('/opt/x: it comes after bootstrap.sh')]);
    expect(convert(`#!/bin/bash\nf() { /opt/x; }\nf\n${call}\n`).outcome).toBe('converted');
  });

  test('also in the part after', () => {
    const parts = [aPart(`#!/bin/bash\n${call}\n`), aPart('#!/bin/bash\n/opt/x\n')];
    expect(convertUserData(parts, described).outcome).toBe('refused');
    expect(convertUserData(parts.reverse(), described).outcome).toBe('converted');
  });
});

describe('after the call, what does not need it runs before, with a word', () => {
  test.each([
    'echo done',
    'yum install -y amazon-ssm-agent',
    'systemctl enable --now amazon-ssm-agent',
    'X=1',
    '/opt/aws/bin/cfn-signal -e $? --stack x',
    'aws autoscaling complete-lifecycle-action --lifecycle-hook-name x',
    'if [ -f /x ]; then\n  rm -f /x\nfi',
    'for f in a b; do touch "/$f"; done',
    'exec > /dev/console',
  ])('%s', (shell) => {
    const conversion = afterCall(shell);
    expect(conversion.outcome).toBe('converted');
    if (shell !== 'X=1') expect(conversion.report.filter(({ what }) => what === 'changed')).not.toEqual([]);
  });
});

describe('the script that is left', () => {
  test.each<{ script: string; left: string | null }>([
    { script: `${call}`, left: null },
    { script: `set -ex\nA=1\nexport B=$A\n# a comment\n${call}`, left: null },
    { script: `sudo ${call} >> /var/log/x 2>&1`, left: null },
    {
      script: `touch /x\n${call}\n`,
      left: 'touch /x\ntrue # /etc/eks/bootstrap.sh stood here; nodeadm joins the node, by the NodeConfig.\n',
    },
    { script: `touch /x; ${call}; touch /y`, left: 'touch /x; true; touch /y' },
    { script: `touch /x; ${call} # join\ntouch /y`, left: 'touch /x; true # join\ntouch /y' },
    {
      script: `touch /x\n${call} # join\n`,
      left: 'touch /x\ntrue # /etc/eks/bootstrap.sh stood here; nodeadm joins the node, by the NodeConfig.\n',
    },
    {
      script: `touch /x\n${call} \\\n  --use-max-pods \\\n  true || exit 1\necho y`,
      left: 'touch /x\ntrue # /etc/eks/bootstrap.sh stood here; nodeadm joins the node, by the NodeConfig.\necho y',
    },
    { script: `${call} && echo y && echo z`, left: 'echo y && echo z' },
    {
      script: `A=$(date)\n${call}`,
      left: 'A=$(date)\ntrue # /etc/eks/bootstrap.sh stood here; nodeadm joins the node, by the NodeConfig.',
    },
  ])('$script', ({ script, left }) => {
    const conversion = convert(`#!/bin/bash\n${script}`);
    expect(conversion.otherParts.map(({ body }) => body)).toEqual(left === null ? [] : [`#!/bin/bash\n${left}`]);
  });
});

describe('proxies that are exported', () => {
  test('are given to every unit; without an exemption for instance metadata there is a word', () => {
    const conversion = beforeCall('export HTTPS_PROXY=http://p:1\nexport no_proxy=localhost');
    expect(conversion.nodeConfig?.spec.instance).toEqual({
      environment: { default: { HTTPS_PROXY: 'http://p:1', no_proxy: 'localhost' } },
    });
    expect(conversion.report).toContainEqual(expect.objectContaining({ what: 'changed', text: 'NO_PROXY' }));
    const exempt = beforeCall('export HTTPS_PROXY=http://p:1 NO_PROXY=169.254.169.254');
    expect(exempt.report.filter(({ what }) => what === 'changed')).toEqual([]);
  });

  test.each(['HTTPS_PROXY=http://p:1', 'export OTHER=1'])('and nothing else is: %s', (shell) => {
    expect(beforeCall(shell).nodeConfig?.spec.instance).toBeUndefined();
  });

  test('block where only the node knows them', () => {
    expect(blocksOf(beforeCall('export NO_PROXY=$(cidr)'))).toEqual([
      expect.stringContaining('nodeadm runs before the script'),
    ]);
    expect(beforeCall('if true; then export HTTP_PROXY=x; fi').outcome).toBe('refused');
  });
});

describe('a file for containerd', () => {
  const withFile = (write: string) => convert(`#!/bin/bash\n${write}\n${call} --containerd-config-file /etc/c.toml\n`);

  test.each<{ write: string; config: string }>([
    { write: "cat > /etc/c.toml <<'EOF'\nversion = 2\nEOF", config: 'version = 2\n' },
    { write: 'cat <<EOF > /etc/c.toml\nversion = 2\nEOF', config: 'version = 2\n' },
    { write: 'V=2\ncat <<EOF > /etc/c.toml\nversion = $V\nEOF', config: 'version = 2\n' },
    { write: "cat <<-'EOF' > /etc/c.toml\n\tversion = 2\n\tEOF", config: 'version = 2\n' },
    { write: "tee /etc/c.toml > /dev/null <<'EOF'\nversion = 2\nEOF", config: 'version = 2\n' },
    { write: "sudo tee /etc/c.toml <<'EOF'\nversion = 2\nEOF\nchmod 644 /etc/c.toml", config: 'version = 2\n' },
    { write: 'P=/etc/c.toml\ncat > /etc/c.toml <<\'EOF\'\na = "\\\\n"\nEOF', config: 'a = "\\\\n"\n' },
  ])('is taken where the script writes it: $write', ({ write, config }) => {
    const conversion = withFile(write);
    if (write.startsWith('P=')) {
      // Another mention of the file: what else is done to it is not certain.
      expect(conversion.outcome).toBe('refused');
    } else {
      expect(conversion.nodeConfig?.spec.containerd).toEqual({ config });
    }
  });

  test.each([
    '',
    'cp /x /etc/c.toml',
    "cat >> /etc/c.toml <<'EOF'\nversion = 2\nEOF",
    "if true; then cat > /etc/c.toml <<'EOF'\nversion = 2\nEOF\nfi",
    "cat > /etc/c.toml <<'EOF'\nversion = 2\nEOF\nsed -i s/2/3/ /etc/c.toml",
    'cat > /etc/c.toml <<EOF\nversion = $(v)\nEOF',
    'cat > /etc/c.toml <<EOF\na = "\\n"\nEOF',
    "cat > /etc/c.toml <<'EOF'\nEOF",
    'cat > /etc/c.toml <<\'EOF\'\nsandbox_image = "SANDBOX_IMAGE"\nEOF',
  ])('blocks where it does not, or not for certain: %j', (write) => {
    expect(blocksOf(withFile(write))).toHaveLength(1);
  });
});

describe('parts that are no shell', () => {
  const beside = (
    text: string,
    kind: 'cloud-config' | 'other' | 'boothook' | 'shell' | 'node-config',
    contentType: string | null,
  ) => convertUserData([{ ...aPart(text, kind), contentType }, aPart(`#!/bin/bash\n${call}\n`)], described);

  test.each<{ text: string; kind: 'cloud-config' | 'other' | 'boothook' | 'shell'; contentType: string }>([
    { text: '#cloud-config\npackages: [htop]\n', kind: 'cloud-config', contentType: 'text/cloud-config' },
    { text: 'anything', kind: 'other', contentType: 'text/plain' },
    {
      text: '#cloud-boothook\nmkdir -p /x\n',
      kind: 'boothook',
      contentType: 'text/cloud-boothook; charset="us-ascii"',
    },
    { text: '#!/usr/bin/env python3\nprint(1)\n', kind: 'shell', contentType: 'text/x-shellscript' },
  ])('stay as they are: $text', ({ text, kind, contentType }) => {
    expect(beside(text, kind, contentType.split(';')[0] ?? null).otherParts).toEqual([{ contentType, body: text }]);
  });

  test.each<{
    text: string;
    kind: 'cloud-config' | 'other' | 'boothook' | 'shell' | 'node-config';
    contentType: string | null;
    says: RegExp;
  }>([
    {
      text: '#cloud-config\nruncmd:\n  - [/etc/eks/bootstrap.sh, prod]\n',
      kind: 'cloud-config',
      contentType: null,
      says: /outside of a shell script/,
    },
    { text: '#cloud-config\npackages: [docker]\n', kind: 'cloud-config', contentType: null, says: /no Docker/ },
    {
      text: '#cloud-config\nruncmd:\n  - kubectl get nodes\n',
      kind: 'cloud-config',
      contentType: null,
      says: /cloud-init ends before/,
    },
    {
      text: '#!/usr/bin/env python3\nrun("/etc/eks/bootstrap.sh")\n',
      kind: 'shell',
      contentType: 'text/x-shellscript',
      says: /outside of a shell script/,
    },
    { text: '#include\nhttps://x\n', kind: 'other', contentType: 'text/x-include-url', says: /brings more user data/ },
    { text: '#part-handler\n', kind: 'other', contentType: 'text/plain', says: /brings more user data/ },
    { text: 'x', kind: 'other', contentType: 'multipart/mixed', says: /message within the message/ },
    {
      text: 'apiVersion: node.eks.aws/v1alpha1',
      kind: 'node-config',
      contentType: 'application/node.eks.aws',
      says: /for AL2023 already/,
    },
    {
      text: '#cloud-boothook\n/etc/eks/bootstrap.sh prod\n',
      kind: 'boothook',
      contentType: 'text/cloud-boothook',
      says: /runs on every boot/,
    },
    { text: 'echo', kind: 'other', contentType: null, says: /nothing that cloud-init knows/ },
  ])('or block: $text', ({ text, kind, contentType, says }) => {
    expect(blocksOf(beside(text, kind, contentType))).toContainEqual(expect.stringMatching(says));
  });

  test('comments do not', () => {
    expect(beside('#cloud-config\n# docker, kubectl\n', 'cloud-config', null).outcome).toBe('converted');
  });
});

test('the NodeConfig comes first, the other parts follow in their order', () => {
  const parts = [
    aPart('#cloud-config\n', 'cloud-config'),
    aPart(`#!/bin/bash\ntouch /x\n${call}\n`),
    aPart('#!/bin/sh\ntouch /y\n'),
  ];
  const conversion = convertUserData(parts, described);
  if (conversion.outcome === 'refused') throw new Error(blocksOf(conversion).join());
  const types = renderUserData(conversion, JSON.stringify).match(/^Content-Type: [^;\n]+/gm);
  expect(types).toEqual([
    'Content-Type: multipart/mixed',
    'Content-Type: application/node.eks.aws',
    'Content-Type: text/cloud-config',
    'Content-Type: text/x-shellscript',
    'Content-Type: text/x-shellscript',
  ]);
});
