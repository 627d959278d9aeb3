/** The command line: `eks-ami-rollout plan | start | status | approve | abort | andon | policy | rehearse | …`. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { type Action, actions } from '../core/control/control.ts';
import packageInfo from '../package.json' with { type: 'json' };
import type { AdvisoriesOptions } from './advisories.ts';
import { type AndonOptions, andon } from './andon.ts';
import type { BacktestOptions } from './backtest.ts';
import { type ControlOptions, control } from './control.ts';
import type { ConvertOptions } from './convert-user-data.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { type HistoryOptions, history } from './history.ts';
import { type OptInOptions, optIn } from './opt-in.ts';
import { checkPolicy, explainPolicy, type PolicyCheckOptions, type PolicyExplainOptions } from './policy.ts';
import { type RbacOptions, rbac } from './rbac.ts';
import type { RehearseOptions } from './rehearse.ts';
import { parsePort, parseSpeed } from './rehearse-options.ts';
import { type ReportOptions, report } from './report.ts';
import { standardOutput } from './standard-output.ts';
import { type StartOptions, start } from './start.ts';
import { type StatusOptions, status } from './status.ts';
import { type UninstallOptions, uninstallCheck } from './uninstall.ts';

/** Runs one command; the exit code says how it ended (see the README). */
export const main = async (commandLine: readonly string[]): Promise<void> => {
  let code: number = exitCodes.ok;
  const output = standardOutput();
  const program = new Command('eks-ami-rollout')
    .description(packageInfo.description)
    .version(packageInfo.version)
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', exitCodeHelp);

  withStack(program.command('start <cluster>'))
    .description('start a rollout of one cluster, and wait for its answer')
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--node-group <name...>', 'only these node groups')
    .option('--release <release>', 'this release: [amiType@]date, release version or image id')
    .option('--reason <text>', 'why; kept in the ledger')
    .option('--ignore-window', 'also outside the maintenance window (needs --reason)')
    .option('--ignore-release-age', 'also a release younger than the policy allows (needs --reason)')
    .option('--again', 'also a release that failed before (needs --reason)')
    .addOption(
      new Option('--resume <rollout>', 'go on with a held rollout (needs --reason)').conflicts(['rollBack', 'heal']),
    )
    .addOption(
      new Option('--roll-back <rollout>', 'take back what a rollout brought (needs --reason)').conflicts([
        'resume',
        'heal',
      ]),
    )
    .addOption(new Option('--heal <rollout>', 'end what a dead rollout began').conflicts(['resume', 'rollBack']))
    .option('--no-wait', 'do not wait for the answer')
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string, options: StartOptions) => {
      code = await start(cluster, options, output);
    });

  withStack(program.command('plan <cluster>'))
    .description('say what a rollout of one cluster would do, and change nothing: start --dry-run')
    .option('--node-group <name...>', 'only these node groups')
    .option('--release <release>', 'this release: [amiType@]date, release version or image id')
    .option('--reason <text>', 'why; kept in the ledger')
    .option('--ignore-window', 'also outside the maintenance window (needs --reason)')
    .option('--ignore-release-age', 'also a release younger than the policy allows (needs --reason)')
    .option('--again', 'also a release that failed before (needs --reason)')
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string, options: StartOptions) => {
      code = await start(cluster, { ...options, dryRun: true, wait: true }, output);
    });

  withStack(program.command('status [cluster]'))
    .description('what the ledger says of the rollouts of a cluster; without one, of every open rollout')
    .option('--last <count>', 'how many rollouts', Number, 1)
    .option('--watch', 'again and again until they have ended; then the exit code of the worst')
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string | undefined, options: StatusOptions) => {
      code = await status(cluster, options, output);
    });

  const words: Record<Action, string> = {
    pause: 'start nothing further of a rollout, until it is resumed',
    resume: 'let a paused rollout go on; a held one goes on by another execution, which is waited for',
    abort: 'start nothing further of a rollout; what has begun is finished, then it is held',
    'roll-back': 'abort a rollout and take back what it changed; also of one that has ended',
    approve: 'let a rollout change what its plan says; without --plan it is shown',
    reject: 'let a rollout end Refused',
  };
  for (const action of actions) {
    const command = withStack(program.command(`${action} <rollout>`))
      .description(words[action])
      .addHelpText('after', '\n<rollout> is the id of a rollout, or a cluster: then its open one, else its last.')
      .requiredOption('--reason <text>', 'why; kept in the ledger')
      .option('--json', 'one JSON document on standard output');
    if (action === 'approve') command.option('--plan <hash>', 'the plan that was read');
    command.action(async (rollout: string, options: ControlOptions) => {
      code = await control(action, rollout, options, output);
    });
  }

  withStack(program.command('history <cluster>'))
    .description('the rollouts of a cluster, newest first, a line each')
    .option('--last <count>', 'how many rollouts', Number, 20)
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string, options: HistoryOptions) => {
      code = await history(cluster, options, output);
    });

  withStack(program.command('report [cluster]'))
    .description('what every node group runs, what it should run, and why it does not, as the last scan saw it')
    .option('--releases <file>', 'with a column of open security advisories: releases and their packages, a CSV')
    .option(
      '--feed <source...>',
      'advisories: RSS of alas.aws.amazon.com, a URL or a file (default: the one of AL2023)',
    )
    .option('--details <folder>', 'saved pages of advisories, ID.html; others are read from the web')
    .option('--offline', 'read no page from the web')
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string | undefined, options: ReportOptions) => {
      code = await report(cluster, options, output);
    });

  withParameters(withAccount(program.command('andon')))
    .description('read or set the switch that stops every rollout of the Region before its next change')
    .addArgument(new Argument('[state]', 'what to set it to').choices(['on', 'off']))
    .option('--json', 'one JSON document on standard output')
    .action(async (state: 'on' | 'off' | undefined, options: AndonOptions) => {
      code = await andon(state, options, output);
    });

  const policy = program.command('policy').description('check a policy document, or say what applies to a cluster');
  policy
    .command('check <file>')
    .description('name every mistake of a policy document; - reads standard input; nothing is asked of AWS')
    .option('--json', 'one JSON document on standard output')
    .action(async (file: string, options: PolicyCheckOptions) => {
      code = await checkPolicy(file, options, output);
    });
  withParameters(withStack(policy.command('explain <cluster>')))
    .description('say which ring a cluster is in, why, and what applies to it')
    .option('--policy <file>', 'a document to explain in place of the one in force')
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string, options: PolicyExplainOptions) => {
      code = await explainPolicy(cluster, options, output);
    });

  withParameters(withStack(program.command('rbac <cluster>')))
    .description('print the access entry and the ClusterRoles that a cluster needs for what the policy uses')
    .option('--policy <file>', 'a document in place of the one in force')
    .option('--role-arn <arn>', 'output KubernetesRoleArn of the stack')
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string, options: RbacOptions) => {
      code = await rbac(cluster, options, output);
    });

  withStack(program.command('opt-in <cluster>'))
    .description('print the commands that give a cluster, its node groups and launch templates the opt-in tag')
    .option('--tag <key=value>', 'the opt-in tag, as the stack was deployed', 'eks-ami-rollout=enabled')
    .option('--json', 'one JSON document on standard output')
    .action(async (cluster: string, options: OptInOptions) => {
      code = await optIn(cluster, options, output);
    });

  withParameters(withStack(program.command('uninstall')))
    .description('turn the andon switch on and list what is left, with the commands; nothing is deleted')
    .requiredOption('--check', 'the only thing this command does')
    .option('--json', 'one JSON document on standard output')
    .action(async (options: UninstallOptions) => {
      code = await uninstallCheck(options, output);
    });

  withAccount(program.command('convert-user-data <file>'))
    .description('turn the user data of AL2 nodes into that of AL2023; - reads standard input')
    .addOption(
      new Option('--cluster <name>', 'the cluster of the nodes; EKS describes it').conflicts([
        'clusterName',
        'endpoint',
        'certificateAuthority',
        'serviceCidr',
      ]),
    )
    .option('--cluster-name <name>', 'its name, where it is not described')
    .option('--endpoint <url>', 'its API server endpoint')
    .option('--certificate-authority <base64>', 'its certificate authority')
    .option('--service-cidr <cidr>', 'its service CIDR')
    .option('--json', 'one JSON document on standard output')
    .action(async (file: string, options: ConvertOptions) => {
      // It brings a parser of bash, and only this command needs it.
      const { convertUserData } = await import('./convert-user-data.ts');
      code = await convertUserData(file, options, output);
    });

  program
    .command('rehearse <file...>')
    .description('play scenarios on the embedded AWS; no account is touched')
    .option('--json', 'one JSON document on standard output')
    .option('--serve', 'keep the world of one scenario up for aws, boto3 and this command')
    .option('--port <number>', 'port to serve on; 0 takes a free one', parsePort, 4566)
    .option('--speed <number|max>', 'pretend seconds a real second', parseSpeed, 60)
    .action(async (files: string[], options: RehearseOptions) => {
      // The embedded AWS is large, and only this command needs it.
      const { rehearse } = await import('./rehearse.ts');
      code = await rehearse(files, options, output);
    });

  program
    .command('advisories')
    .description('which security advisories of Amazon Linux a release of the EKS AMIs has the remedy of')
    .requiredOption('--releases <file>', 'releases and their packages: a CSV with a column for each package')
    .option('--feed <source...>', 'RSS of alas.aws.amazon.com, a URL or a file (default: the one of AL2023)')
    .option('--details <folder>', 'saved pages of advisories, ID.html; others are read from the web')
    .option('--offline', 'read no page from the web')
    .option('--severity <level>', 'advisories from this severity on: low, medium, important, critical', 'important')
    .option('--release <release>', 'this release, v20260714; otherwise the newest of each AMI type and minor')
    .option('--ami-type <type>', 'only releases of this AMI type')
    .option('--kubernetes <minor>', 'only releases for this minor')
    .option('--json', 'one JSON document on standard output')
    .action(async (options: AdvisoriesOptions) => {
      const { advisories } = await import('./advisories.ts');
      code = await advisories(options, output);
    });

  program
    .command('backtest')
    .description('replay a history of releases day by day against ways to choose one')
    .requiredOption('--releases <file>', 'the history: a CSV, or the CHANGELOG.md of awslabs/amazon-eks-ami')
    .option('--incidents <file>', 'releases that broke nodes: YAML')
    .option('--policy <file...>', 'also these policy documents')
    .option('--age <duration>', 'the minimum release age of the built-in policies', 'P14D')
    .option('--from <day>', 'the first day that counts; the whole history is replayed')
    .option('--to <day>', 'the last day')
    .option('--ami-type <type>', 'only releases of this AMI type')
    .option('--kubernetes <minor>', 'only releases for this minor')
    .option('--json', 'one JSON document on standard output')
    .action(async (options: BacktestOptions) => {
      const { backtest } = await import('./backtest.ts');
      code = await backtest(options, output);
    });

  try {
    await program.parseAsync(commandLine, { from: 'user' });
  } catch (error) {
    code = exitCodeOfError(error);
  }
  process.exitCode = code;
};

const withStack = (command: Command): Command =>
  withAccount(command.option('--stack <name>', 'name of the deployed stack', 'eks-ami-rollout'));

const withParameters = (command: Command): Command =>
  command.option('--parameter-prefix <path>', 'ParameterPrefix of the stack', '/eks-ami-rollout');

const withAccount = (command: Command): Command =>
  command.option('--region <region>', 'AWS Region').option('--profile <name>', 'profile of the AWS configuration');

const exitCodeOfError = (error: unknown): number => {
  // Commander has said what is wrong; asking for help or the version is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  if (process.env.DEBUG !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof UsageError ? exitCodes.usage : exitCodes.error;
};

const exitCodeHelp = `
Exit codes of start, plan and status --watch: 0 UpToDate, Planned or Succeeded; 3 Held; 4 RolledBack; 5 Refused; 6 Failed.
Of pause, resume, abort, roll-back, approve and reject: 0 done; 5 refused, with the reason.
Of uninstall --check: 0 nothing is open; 3 something is.
Of every command: 1 an error of ours or of AWS; 2 wrong usage or bad input.
Of policy: 2 a document with mistakes; 5 a cluster in two rings.
Of convert-user-data: 0 converted; 2 a file that cannot be used; 5 refused, with the lines that block it.
Of rehearse: 0 as expected; 1 not as expected; 2 a file that cannot be used.
Of advisories and backtest: 2 also where a part of a file could not be read; the rest counts.`;
