import { once } from 'node:events';
import { findPackage, packagePython, portNumber, programVersion } from '../../app/index.ts';
import { startServer } from '../../server/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const defaultPort = 8080;

/** `mlspec serve [model]`: answers requests with a package until it is interrupted. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const port = portNumber(textOption(call, 'port'), '--port') ?? defaultPort;
  const found = await findPackage(config, call.arguments[0]);
  const server = await startServer({
    packageDir: found.packageDir,
    host: textOption(call, 'host') ?? '127.0.0.1',
    port,
    python: await packagePython(config, found.packageDir, {
      signal,
      onProgress: (message) => output.say(`  ${message}`),
    }),
    programVersion,
    ...(found.name === null ? {} : { name: found.name }),
    ...(found.version === null ? {} : { version: found.version }),
    onError: (error) => output.say(`error: ${error instanceof Error ? error.message : String(error)}`),
  });
  if (output.json) output.resultJson({ type: 'ready', url: server.url, model: server.name, version: found.version });
  else output.result(`serving ${server.name}${found.version === null ? '' : `/${found.version}`} at ${server.url}`);
  output.say(
    output.style(
      'dim',
      `  POST ${server.url}/invocations  or  ${server.url}/v2/models/${server.name}/infer; Ctrl-C ends it`,
    ),
  );
  if (!signal.aborted) await once(signal, 'abort');
  await server.close();
  return exitCodes.done;
}
