import { once } from 'node:events';
import { attestDeployment, findPackage, packagePython, portNumber, programVersion } from '../../app/index.ts';
import { startServer } from '../../server/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

const defaultPort = 8080;
/** Which an address leaves out. */
const httpPort = 80;

/** `mlspec serve [model]`: answers requests with a package until it is interrupted. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const port = portNumber(textOption(call, 'port'), '--port') ?? defaultPort;
  const found = await findPackage(config, call.arguments[0]);
  const host = textOption(call, 'host') ?? '127.0.0.1';
  const server = await startServer({
    packageDir: found.packageDir,
    ...{ host, port },
    python: await packagePython(config, found.packageDir, {
      signal,
      onProgress: (message) => output.say(`  ${message}`),
    }),
    programVersion,
    ...(found.name === null ? {} : { name: found.name }),
    ...(found.version === null ? {} : { version: found.version }),
    onError: (error) => output.say(`error: ${error instanceof Error ? error.message : String(error)}`),
  });
  const {
    statement,
    run: maker,
    why,
  } = await attestDeployment(config, found, {
    ...{ form: server.form, host, port: Number(new URL(server.url).port) || httpPort },
    onProgress: (message) => output.say(message),
  });
  if (output.json)
    output.resultJson({ type: 'ready', url: server.url, model: server.name, version: found.version, statement });
  else output.result(`serving ${server.name}${found.version === null ? '' : `/${found.version}`} at ${server.url}`);
  if (statement === null) output.say(`not attested: ${why}; requests are answered all the same`);
  else output.say(`attested ${statement}; see mlspec verify ${maker}`);
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
