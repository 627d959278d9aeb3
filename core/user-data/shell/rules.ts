/**
 * What commands of AL2 user data meet on AL2023. Order there: nodeadm-config writes the configuration, then cloud-init runs
 * the scripts, then nodeadm-run starts containerd and the kubelet (amazon-eks-ami, nodeadm-config.service and
 * nodeadm-run.service). What AL2023 lacks: EKS user guide, Upgrade from Amazon Linux 2 to Amazon Linux 2023; Amazon Linux
 * 2023 user guide, Comparing AL2 and AL2023.
 */
import type { Remark } from '../report.ts';
import { type ShellCommand, writesFiles } from './commands.ts';

export interface ShellRule {
  applies: (command: ShellCommand) => boolean;
  remark: Remark;
}

const named =
  (...names: readonly string[]) =>
  ({ name }: ShellCommand): boolean =>
    name !== null && names.includes(name);

const mentions =
  (pattern: RegExp) =>
  ({ text, onlySpeaks }: ShellCommand): boolean =>
    !onlySpeaks && pattern.test(text);

/** `systemctl restart docker`, `service docker start`, `chkconfig docker on` */
const serves =
  (...units: readonly string[]) =>
  (command: ShellCommand): boolean =>
    named('systemctl', 'service', 'chkconfig')(command) &&
    command.args.some((arg) => units.includes(arg.replace(/\.(?:service|socket)$/, '')));

const whereItBelongs = 'once the kubelet runs, a DaemonSet can do it, or a systemd unit with After=nodeadm-run.service';

/** The first one that applies counts. */
export const shellRules: readonly ShellRule[] = [
  {
    applies: mentions(/\/etc\/eks\/bootstrap\.sh/),
    remark: {
      what: 'blocks',
      why: 'on AL2023 bootstrap.sh only prints an error and ends with 1; there is nothing in it to change',
      whatToDo: 'give bootstrap.sh its options on the line that calls it, and convert again',
    },
  },
  {
    applies: named('docker', 'dockerd', 'docker-compose', 'nvidia-docker'),
    remark: {
      what: 'blocks',
      why: 'there is no Docker on AL2023',
      whatToDo: 'take it out, or do it with containerd in a DaemonSet',
    },
  },
  {
    applies: serves('docker', 'sandbox-image', 'iptables-restore'),
    remark: { what: 'blocks', why: 'AL2023 has no such unit, so the command fails', whatToDo: 'take it out' },
  },
  {
    applies: named('amazon-linux-extras'),
    remark: {
      what: 'blocks',
      why: 'AL2023 has no amazon-linux-extras, so the command fails',
      whatToDo: 'install the package with dnf, if AL2023 has it',
    },
  },
  {
    applies: named('nodeadm'),
    remark: { what: 'blocks', why: 'nodeadm is run by systemd, never by user data', whatToDo: 'take it out' },
  },
  {
    applies: serves('kubelet'),
    remark: {
      what: 'blocks',
      why: 'user data ends before nodeadm-run starts the kubelet, and must not start it',
      whatToDo: `take it out; ${whereItBelongs}`,
    },
  },
  {
    applies: named('kubectl', 'crictl', 'ctr', 'nerdctl'),
    remark: {
      what: 'blocks',
      why: 'it needs a running kubelet or containerd, which nodeadm-run starts only after user data has ended',
      whatToDo: `take it out; ${whereItBelongs}`,
    },
  },
  {
    applies: mentions(
      /(?:localhost|127\.0\.0\.1|\[::1\]):(?:10248|10250|10255)\b|\/run\/containerd\/containerd\.sock|\/var\/log\/(?:pods|containers)\b|\/var\/lib\/kubelet\/(?:pki|pods)\b/,
    ),
    remark: {
      what: 'blocks',
      why: 'it needs a running kubelet or containerd, which nodeadm-run starts only after user data has ended',
      whatToDo: `take it out; ${whereItBelongs}`,
    },
  },
  {
    applies: (command) =>
      named('pgrep', 'pidof', 'killall', 'pkill', 'journalctl')(command) &&
      command.args.some((arg) => /kubelet|containerd/.test(arg)),
    remark: {
      what: 'blocks',
      why: 'it needs a running kubelet or containerd, which nodeadm-run starts only after user data has ended',
      whatToDo: `take it out; ${whereItBelongs}`,
    },
  },
  {
    applies: mentions(/kubelet-config\.json|\/etc\/kubernetes\/kubelet\b/),
    remark: {
      what: 'blocks',
      why: 'AL2023 has no kubelet-config.json; nodeadm writes the kubelet configuration from the NodeConfig',
      whatToDo: 'give the setting as a flag in --kubelet-extra-args, and convert again',
    },
  },
  {
    applies: mentions(/kubelet\.service\.d\/\S*kubelet-(?:extra-)?args|Environment=['"]?KUBELET_(?:EXTRA_)?ARGS=/),
    remark: {
      what: 'blocks',
      why: 'the kubelet of AL2023 reads no KUBELET_ARGS and no KUBELET_EXTRA_ARGS',
      whatToDo: 'give the flags in --kubelet-extra-args, and convert again',
    },
  },
  {
    applies: mentions(/\/var\/lib\/kubelet\/(?:bootstrap-)?kubeconfig/),
    remark: {
      what: 'blocks',
      why: 'nodeadm writes the kubeconfig of the kubelet in another way than bootstrap.sh did',
      whatToDo: 'take it out',
    },
  },
  {
    applies: mentions(
      /\/etc\/eks\/(?:containerd\b|eni-max-pods\.txt|max-pods-calculator\.sh|get-ecr-uri\.sh|iptables-restore|image-credential-provider\/config\.json)/,
    ),
    remark: {
      what: 'blocks',
      why: 'AL2023 does not have this file of the AL2 AMI, or does not read it',
      whatToDo: 'take it out; settings of containerd go into spec.containerd.config by --containerd-config-file',
    },
  },
  {
    applies: mentions(/\/etc\/containerd\/config\.toml/),
    remark: {
      what: 'blocks',
      why: 'on AL2 bootstrap.sh wrote over this file; on AL2023 nodeadm-config has written it before user data runs',
      whatToDo: 'take it out, or put the settings into a file that --containerd-config-file names, and convert again',
    },
  },
  {
    applies: mentions(/\/etc\/docker\b|docker\.service\.d|\/etc\/sysconfig\/docker|\/var\/run\/docker\.sock/),
    remark: {
      what: 'changed',
      why: 'there is no Docker on AL2023, so nothing reads it',
      whatToDo: 'take it out when you can',
    },
  },
  {
    applies: serves('containerd'),
    remark: {
      what: 'changed',
      why: 'on AL2023 nodeadm-run starts containerd after user data has ended',
      whatToDo: 'take it out; what was configured is read when it starts',
    },
  },
  {
    applies: mentions(/\/etc\/sysconfig\/network-scripts/),
    remark: {
      what: 'changed',
      why: 'AL2023 configures the network with systemd-networkd and reads no ifcfg files',
      whatToDo: 'write the settings for systemd-networkd',
    },
  },
  {
    // A template may set HttpTokens to optional; this rule does not see it.
    applies: (command) =>
      mentions(/169\.254\.169\.254|fd00:ec2::254/)(command) &&
      named('curl', 'wget')(command) &&
      !/api\/token|X-aws-ec2-metadata-token/i.test(command.text),
    remark: {
      what: 'changed',
      why: 'AL2023 answers instance metadata only with a session token (IMDSv2), unless the launch template says otherwise',
      whatToDo: 'fetch a token first: curl -X PUT http://169.254.169.254/latest/api/token',
    },
  },
  {
    applies: mentions(/\b(?:amzn2|amazon2|el7)\b/),
    remark: {
      what: 'changed',
      why: 'it seems to fetch something that was made for AL2',
      whatToDo: 'look whether there is one for AL2023',
    },
  },
  {
    applies: named('yum', 'dnf', 'rpm', 'yum-config-manager'),
    remark: {
      what: 'changed',
      why: 'AL2023 has other repositories than AL2, without EPEL, and packages have other names and versions',
      whatToDo: 'look whether AL2023 has the packages',
    },
  },
  {
    applies: (command) =>
      (writesFiles(command.node) || named('tee', 'sed')(command)) && mentions(/\b(?:https?|no|all)_proxy=/i)(command),
    remark: {
      what: 'changed',
      why: 'it is written before containerd and the kubelet start, but nodeadm-config has run by then without it',
      whatToDo: 'if nodes reach the EC2 API only by the proxy, export the variables in the script, and convert again',
    },
  },
];

/**
 * After bootstrap.sh the kubelet ran. These do not ask for it, so they may run before: they speak, edit files, install, or
 * work on the system. What is not listed could need it.
 */
export const needNoKubelet: ReadonlySet<string> = new Set([
  ...[
    ':',
    '[',
    '[[',
    'test',
    'true',
    'false',
    'echo',
    'printf',
    'logger',
    'date',
    'set',
    'export',
    'unset',
    'cd',
    'umask',
    'ulimit',
    'exit',
  ],
  ...[
    'exec',
    'command',
    'which',
    'type',
    'cat',
    'tee',
    'cp',
    'mv',
    'ln',
    'rm',
    'touch',
    'mkdir',
    'rmdir',
    'chmod',
    'chown',
    'chgrp',
    'install',
    'truncate',
    'dd',
  ],
  ...[
    'sed',
    'awk',
    'grep',
    'egrep',
    'cut',
    'tr',
    'sort',
    'uniq',
    'head',
    'tail',
    'wc',
    'jq',
    'base64',
    'basename',
    'dirname',
    'uname',
    'id',
    'hostname',
    'nproc',
    'seq',
  ],
  ...[
    'yum',
    'dnf',
    'rpm',
    'pip',
    'pip3',
    'tar',
    'unzip',
    'gzip',
    'gunzip',
    'curl',
    'wget',
    'aws',
    'openssl',
    'sha256sum',
  ],
  ...['systemctl', 'service', 'chkconfig', 'crontab', 'sysctl', 'modprobe', 'hostnamectl', 'timedatectl', 'localectl'],
  ...[
    'mount',
    'umount',
    'mkfs',
    'mkfs.xfs',
    'mkfs.ext4',
    'blkid',
    'lsblk',
    'swapoff',
    'swapon',
    'growpart',
    'xfs_growfs',
    'resize2fs',
  ],
  ...[
    'useradd',
    'usermod',
    'groupadd',
    'chpasswd',
    'passwd',
    'chage',
    'update-ca-trust',
    'semanage',
    'setenforce',
    'restorecon',
  ],
  ...[
    'ip',
    'ethtool',
    'iptables',
    'iptables-save',
    'ip6tables',
    'nvidia-smi',
    'amazon-cloudwatch-agent-ctl',
    'cfn-signal',
    'cfn-init',
  ],
]);

/** Their meaning hangs on the node having joined. */
export const tellsOthers: ShellRule = {
  applies: (command) =>
    named('cfn-signal')(command) ||
    (named('aws')(command) &&
      command.args.some((arg) => ['complete-lifecycle-action', 'set-instance-health'].includes(arg))),
  remark: {
    what: 'changed',
    why: 'it told that bootstrap.sh had ended; on AL2023 it runs before the kubelet starts, so it says nothing of the node',
    whatToDo: 'let something else watch that nodes join, such as the gate nodes-ready',
  },
};
