import { Argument, Command, Option } from 'commander';
import type { Output } from './output.ts';
import {
  PRESERVABLE,
  readAssignment,
  readByteSize,
  readConcurrency,
  readCount,
  readDuration,
  readListed,
  readMetadata,
  readPartSize,
  readPort,
  readPreserve,
  readPrices,
  readRate,
} from './parse-flags.ts';

const CREDENTIALS_HELP = `
Credentials come from the environment only: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or
OBS_ACCESS_KEY_ID, OBS_SECRET_ACCESS_KEY, OBS_SECURITY_TOKEN. The endpoint may come from AWS_ENDPOINT_URL or OBS_ENDPOINT.`;

const EXIT_CODE_HELP = `
Exit codes: 0 done · 1 failed, the destination is as it was · 2 wrong usage, nothing was written · 3 the destination needs a look
(it was written, but isn't what was asked for, or it is unknown whether it was written) · 4 some of many objects failed · 130, 143, 129 interrupted (SIGINT, SIGTERM, SIGHUP)`;

const EVENTS_HELP = `
On a terminal a bar is shown. If stdout is not one, or with --json, each line of it is a JSON object with "event" and "time":
plan, upload, retry, hedge, throttle, warning, progress (once a second), and at the end complete or failed ("error", "exitCode").
With --json or --progress json there is a line for each part, too.`;

const MANY_EVENTS_HELP = `
With many objects the lines are: throttle, warning, object (each as it ends, with --report only in the report), objectFailed,
progress (once a second), and at the end complete or failed.`;

const COPY_EXAMPLES = `
Examples:
  copy-large-object copy s3://media/raw/film.mxf s3://archive/2026/film.mxf --region eu-west-1
  copy-large-object copy s3://media/film.mxf s3://archive/ --checkpoint checkpoints/ --timeline film.html
  copy-large-object copy --recursive s3://media/tenant-17/ s3://archive/tenant-17/ --report tenant-17.ndjson`;

const SYNC_EXAMPLES = `
Example:
  copy-large-object sync s3://media/ s3://archive/ --exclude 'tmp/**' --delete --max-delete 100 --dry-run`;

const UPLOADS_EXAMPLES = `
Example:
  copy-large-object uploads s3://archive --older-than 24h --abort`;

const COMPLETION_EXAMPLES = `
Where it goes:
  ~/.bashrc                  eval "$(copy-large-object completion bash)"
  ~/.zshrc, behind compinit  eval "$(copy-large-object completion zsh)"
  ~/.config/fish/config.fish copy-large-object completion fish | source`;

/**
 * Describes the command line. Each verb loads its code when it is run.
 *
 * @param setExitCode - is called with how a verb ended
 */
export function createProgram(output: Output, version: string, setExitCode: (exitCode: number) => void): Command {
  const act =
    (load: () => Promise<(...args: never[]) => Promise<number>>) =>
    async (...args: unknown[]) => {
      const run = (await load()) as (...args: unknown[]) => Promise<number>;
      // Commander gives the arguments, the flags, and the command itself.
      setExitCode(await run(...args.slice(0, -1), output));
    };
  const program = new Command('copy-large-object')
    .description('Copies large objects inside an object store, without moving their bytes through this machine.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help explains)')
    .addHelpText('after', `${CREDENTIALS_HELP}\n${EXIT_CODE_HELP}`);

  describeMany(describeCopy(program.command('copy')))
    .description(
      'Copies an object: copy s3://bucket/key s3://bucket/key, or obs://…; with --recursive all below a prefix',
    )
    .option('--timeline <file>', 'draw there how the copy went over time, as a page of HTML')
    .option('-r, --recursive', 'copy every object whose key begins as the source says')
    .addHelpText(
      'after',
      `${COPY_EXAMPLES}\n${EVENTS_HELP}\n${MANY_EVENTS_HELP}\n${CREDENTIALS_HELP}\n${EXIT_CODE_HELP}`,
    )
    .action(act(async () => (await import('./copy-one-or-many.ts')).runCopyOneOrMany));

  describeMany(describeCopy(program.command('sync')))
    .description('Copies below a prefix what the destination lacks, or has otherwise.')
    .option('--delete', 'delete what the source lacks; needs --max-delete')
    .option('--max-delete <count>', 'delete nothing at all if there are more', readCount)
    .addHelpText('after', `${SYNC_EXAMPLES}\n${MANY_EVENTS_HELP}\n${CREDENTIALS_HELP}\n${EXIT_CODE_HELP}`)
    .action(act(async () => (await import('./copy-one-or-many.ts')).runSyncCommand));

  describeStore(program.command('list').argument('<address>', 's3://bucket or s3://bucket/prefix'))
    .description('Lists objects: size, date and key of each.')
    .option('--json', 'one JSON object a line')
    .option('--quiet', 'no summary')
    .action(act(async () => (await import('./list-command.ts')).runListCommand));

  describeAssumptions(describeCopy(program.command('plan')))
    .description('Says what copy would do: parts, requests, time. Sends only HEADs.')
    .option('--parts', 'list all parts')
    .action(act(async () => (await import('./plan-command.ts')).runPlanCommand));

  describeStore(program.command('uploads').argument('<address>', 's3://bucket or s3://bucket/prefix'))
    .description('Lists the multipart uploads in progress, or aborts them.')
    .option('--older-than <age>', 'only those begun longer ago, such as 24h', readDuration)
    .addHelpText('after', UPLOADS_EXAMPLES)
    .option('--abort', 'abort those listed; without --older-than also those of copies that are running')
    .option('--json', 'one JSON object a line')
    .option('--quiet', 'no summary')
    .action(act(async () => (await import('./uploads-command.ts')).runUploadsCommand));

  describeStore(describeQueue(program.command('worker')))
    .description('Copies what a queue of BullMQ says, until it is interrupted; then its jobs go back to the queue.')
    .option('--store <name=s3|obs[,endpoint]>', 'a store that jobs name (default: s3=s3); may be repeated', readListed)
    .option('--concurrency <count>', 'jobs at a time (default: 4)', readCount)
    .option('--limit-rps <number>', 'at most so many requests a second', readRate)
    .option('--health-port <port>', 'answer 200 there while jobs can be taken, else 503', readPort)
    .option('--health-host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--grace <duration>', 'end after this time at the latest (default: 25s)', readDuration)
    .addHelpText('after', CREDENTIALS_HELP)
    .action(act(async () => (await import('./worker-command.ts')).runWorkerCommand));

  describeQueue(program.command('fleet'))
    .addArgument(new Argument('<action>', 'what to do').choices(['status', 'pause', 'resume', 'retry']))
    .argument('[run]', 'id of a run; retry needs it, and enqueues what failed')
    .description('Shows the runs of a queue and how far they are, pauses its workers, or enqueues failures again.')
    .option('--json', 'one JSON object a line')
    .action(act(async () => (await import('./fleet-command.ts')).runFleetCommand));

  program
    .command('serve')
    .description('Runs the embedded store on 127.0.0.1, with made-up objects of any size that take no room.')
    .option('--port <port>', 'port to listen on (default: a free one)', readPort)
    .option('--bucket <name>', 'make a bucket; may be repeated', readListed)
    .option('--object <bucket/key=size>', 'make an object; may be repeated', readListed)
    .option('--latency <duration>', 'time that a request takes', readDuration)
    .option('--seed <number>', 'of everything random', readCount)
    .option('--json', 'say where it listens as JSON')
    .action(act(async () => (await import('./serve-command.ts')).runServeCommand));

  program
    .command('demo')
    .description('Copies a made-up object of 1 TiB inside the embedded store and proves where every byte came from.')
    .option('--size <size>', 'size of the object (default: 1TiB)', readByteSize)
    .option('--concurrency <count>', 'parts in flight (default: auto)', readConcurrency)
    .option('--latency <duration>', 'median time that a part takes (default: 150ms)', readDuration)
    .action(act(async () => (await import('./demo-command.ts')).runDemoCommand));

  for (const command of program.commands) command.option('--debug', 'show where an error comes from');
  program
    .command('completion')
    .description('Writes a script that completes this command line in a shell.')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', COMPLETION_EXAMPLES)
    .action(
      act(async () => {
        const { runCompletionCommand } = await import('./completion-command.ts');
        return (shell: 'bash' | 'zsh' | 'fish') => runCompletionCommand(program, shell, output);
      }),
    );
  return program;
}

function describeCopy(command: Command): Command {
  return describeStore(
    command
      .argument('<source>', 's3://bucket/key or obs://bucket/key; the key exactly as it is, not encoded')
      .argument('<destination>', 'likewise; one that ends in / takes the name of the source'),
  )
    .option('--source-endpoint <url>', 'where the source is, if it is not where the destination is')
    .option('--source-region <name>', 'region of the source, if it is another one')
    .option('--max-parts <count>', 'parts that the store takes (default: 10000; Scaleway and Swift: 1000)', readCount)
    .option('--max-part-size <size>', 'largest part that the store takes (default: 5GiB)', readByteSize)
    .option('--concurrency <count>', 'parts in flight, or auto (default: auto)', readConcurrency)
    .option('--part-size <size>', 'such as 64MiB, or auto, or source: as the source has (default: auto)', readPartSize)
    .option('--multipart-threshold <size>', 'up to this size one CopyObject is used (default: 128MiB)', readByteSize)
    .option('--source-version-id <id>', 'copy this version')
    .addOption(
      choice('--if-exists <action>', 'what to do if the destination exists', 'overwrite', 'fail', 'skip', 'skip-same'),
    )
    .option('--if-etag <etag>', 'replace only the object with this ETag')
    .addOption(
      choice(
        '--verify <what>',
        'what to compare afterwards; of many objects: how',
        'etag',
        'size',
        'none',
        'listing',
        'head',
      ),
    )
    .option('--checkpoint <directory>', 'keep a checkpoint there; the same command goes on where the last one ended')
    .option('--resume <upload-id>', 'go on with this upload')
    .addOption(
      choice(
        '--on-failure <action>',
        'what becomes of the upload; of many objects: of the run',
        'abort',
        'keep',
        'continue',
        'stop',
      ),
    )
    .option('--metadata <name=value>', 'set metadata; may be repeated', readMetadata)
    .option('--content-type <type>', 'set the content type')
    .option('--storage-class <class>', 'set the storage class')
    .option('--acl <name>', 'set a canned ACL')
    .option('--tag <name=value>', 'set a tag; may be repeated', readAssignment)
    .option(
      '--preserve <list>',
      `what to carry over: ${Object.keys(PRESERVABLE).join()}; no-… for what not`,
      readPreserve,
    )
    .option('--limit-rps <number>', 'at most so many requests a second', readRate)
    .option('--no-hedge', 'never send a straggling part twice')
    .option('--json', 'JSON lines on stdout, no bar')
    .option('--quiet', 'only errors (with --json: only the last line)');
}

function describeAssumptions(command: Command): Command {
  return command
    .option('--assume-latency <duration>', 'what a request costs beside its bytes (default: 100ms)', readDuration)
    .option('--assume-part-rate <size>', 'bytes a second at which a part is copied (default: 60MiB)', readByteSize);
}

function describeMany(command: Command): Command {
  return describeAssumptions(command)
    .option(
      '--assume-prices <list>',
      'of 1,000 requests that copy or list, and of others (default: 0.005,0.0004,USD: S3 Standard, us-east-1)',
      readPrices,
    )
    .option('--include <pattern>', 'only keys that fit, behind the prefix; may be repeated', readListed)
    .option('--exclude <pattern>', 'no keys that fit, such as tmp/**; may be repeated', readListed)
    .option(
      '--files-from <file>',
      'copy what this file, or - for stdin, lists: whole keys below the source, bucket,key[,version] or JSON lines',
    )
    .option('--inventory <address>', 'copy what this inventory lists below the source: a manifest.json of S3 or OBS')
    .option('--versions', 'copy all versions of each object, the oldest first; both buckets must keep versions')
    .addOption(choice('--progress <how>', 'lines of text on stderr, JSON lines, or none', 'plain', 'json', 'none'))
    .option('--report <file>', 'write a line for each object there; the same command goes on where the last one ended')
    .option('--dry-run', 'only say what would be done')
    .option('--max-failures <count>', 'stop if more objects than this fail', readCount);
}

function describeQueue(command: Command): Command {
  return command
    .option('--redis <url>', 'where the queue is: redis://host:6379')
    .option('--postgres <url>', 'where the queue is: postgres://user@host/database')
    .option('--queue <name>', 'name of the queue (default: copies)');
}

function describeStore(command: Command): Command {
  return command
    .option('--endpoint <url>', 'where the store is')
    .option('--region <name>', 'region to sign for')
    .option('--path-style', 'the bucket in the path, not in the host name')
    .option('--no-path-style', 'the bucket in the host name')
    .addOption(choice('--signature <kind>', 'how to sign', 'obs', 'v4', 'v2'))
    .addOption(choice('--etag-formula <whose>', 'how the store makes ETags (default: found out)', 'aws', 'other'))
    .addOption(choice('--conditions <how>', 'what the store does with If-Match', 'obeyed', 'ignored'));
}

function choice(flags: string, description: string, ...words: readonly string[]): Option {
  return new Option(flags, description).choices(words);
}
