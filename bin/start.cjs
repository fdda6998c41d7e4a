// The first file of every process of mlspec: `node start.cjs ENTRY ARGS…`. It runs on whatever Node the machine has: one
// clear line where it is too old. Old syntax on purpose. It is no TypeScript and asks for the compile cache before the
// first TypeScript file is loaded, so that only the first start on a machine strips types.
'use strict';
var major = Number(process.versions.node.split('.')[0]);
var entry = process.argv[2];
if (major < 24) {
  console.error('mlspec needs Node 24 or newer; this is Node ' + process.versions.node + ' (' + process.execPath + ').');
  process.exit(1);
}
if (!require('fs').existsSync(entry)) {
  console.error('mlspec is not built: ' + entry + ' does not exist.');
  process.exit(1);
}
process.argv.splice(1, 2, entry);
process.removeAllListeners('warning');
process.on('warning', function (warning) {
  if (warning.name !== 'ExperimentalWarning') console.error(warning.stack);
});
var modules = require('module');
var toUrl = require('url').pathToFileURL;
modules.enableCompileCache();
// The program's own files name the files that they import exactly: nothing has to be looked for. What is not there fails
// when it is read.
var own = new URL('..', toUrl(entry)).href;
modules.registerHooks({
  resolve: function (specifier, context, next) {
    var kind = /^\.\.?\/.*\.([jt])s$/.exec(specifier);
    if (kind === null || context.parentURL === undefined || context.parentURL.indexOf(own) !== 0) {
      return next(specifier, context);
    }
    var url = new URL(specifier, context.parentURL).href;
    return { url: url, format: kind[1] === 't' ? 'module-typescript' : 'module', shortCircuit: true };
  },
});
import(toUrl(entry).href);
