// SPDX-License-Identifier: BSD-3-Clause
// dcmjs-dimse as a storage receiver with mutual TLS: a peer that shares no line
// of code with DCMTK or OpenSSL's own applications.
//
//   scp.mjs --key F --cert F --ca F (--out DIR | --ignore | --lean)
//           [--lifetime S] [--max-ops N]
//
// --ignore drops objects that it has read; --lean drops their data sets as they
// come, unparsed, and turns Nagle's algorithm off. Both are for measuring senders.
//
// Prints "port N" once it listens, then a line for each thing that happens, but
// for the objects that it drops.
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';

// A CommonJS bundle: required, not imported.
const { constants, Dataset, log, responses, Scp, Server } = createRequire(import.meta.url)('dcmjs-dimse');
const { PresentationContextResult, SopClass, Status, StorageClass, TransferSyntax } = constants;

const { values: options } = parseArgs({
  options: {
    key: { type: 'string' },
    cert: { type: 'string' },
    ca: { type: 'string' },
    out: { type: 'string' },
    ignore: { type: 'boolean', default: false },
    lean: { type: 'boolean', default: false },
    lifetime: { type: 'string', default: '120' },
    'max-ops': { type: 'string' },
  },
});
const drops = options.ignore || options.lean;
for (const name of ['key', 'cert', 'ca', ...(drops ? [] : ['out'])]) {
  if (options[name] === undefined) {
    console.error(`scp.mjs: --${name} is missing`);
    process.exit(2);
  }
}

const classes = new Set([...Object.values(StorageClass), SopClass.Verification]);
const syntaxes = new Set([TransferSyntax.ImplicitVRLittleEndian, TransferSyntax.ExplicitVRLittleEndian]);

class Receiver extends Scp {
  constructor(socket, settings) {
    super(socket, settings);
    socket.setNoDelay(options.lean);
  }

  associationRequested(association) {
    console.log(`association ${association.getCallingAeTitle()} ${association.getCalledAeTitle()}`);
    for (const { context } of association.getPresentationContexts()) {
      judge(context);
    }
    if (options['max-ops'] !== undefined && association.getNegotiateAsyncOps()) {
      // Both directions: PS3.7 D.3.3.3 lets the acceptor lower what was asked.
      association.setMaxAsyncOpsInvoked(Number(options['max-ops']));
      association.setMaxAsyncOpsPerformed(Number(options['max-ops']));
    }
    this.sendAssociationAccept();
  }

  associationReleaseRequested() {
    console.log('released');
    this.sendAssociationReleaseResponse();
  }

  cEchoRequest(request, callback) {
    console.log('echo');
    callback(answer(responses.CEchoResponse, request, Status.Success));
  }

  cStoreRequest(request, callback) {
    if (drops) {
      callback(answer(responses.CStoreResponse, request, Status.Success));
      return;
    }
    const uid = request.getAffectedSopInstanceUid();
    request.getDataset().toFile(join(options.out, uid.replaceAll('/', '_')), (error) => {
      console.log(error ? `failed ${uid}: ${error.message}` : `stored ${uid} 0000`);
      callback(answer(responses.CStoreResponse, request, error ? Status.ProcessingFailure : Status.Success));
    });
  }

  createStoreWritableStream(context, request) {
    return options.lean ? nowhere() : super.createStoreWritableStream(context, request);
  }

  createDatasetFromStoreWritableStream(writable, context, callback) {
    if (options.lean) {
      callback(new Dataset());
    } else {
      super.createDatasetFromStoreWritableStream(writable, context, callback);
    }
  }

  abort(source, reason) {
    console.log(`aborted by the peer (${source}, ${reason})`);
  }
}

// Takes whatever comes and never asks to wait.
function nowhere() {
  return new Writable({ highWaterMark: Number.MAX_SAFE_INTEGER, write: (chunk, encoding, done) => done() });
}

// Accept a context in the first proposed syntax that is known, or refuse it.
function judge(context) {
  const syntax = context.getTransferSyntaxUids().find((uid) => syntaxes.has(uid));
  if (!classes.has(context.getAbstractSyntaxUid())) {
    context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
  } else if (syntax === undefined) {
    context.setResult(PresentationContextResult.RejectTransferSyntaxesNotSupported);
  } else {
    context.setResult(PresentationContextResult.Accept, syntax);
  }
}

function answer(Response, request, status) {
  const response = Response.fromRequest(request);
  response.setStatus(status);
  return response;
}

log.setLevel('warn');
setTimeout(() => process.exit(0), Number(options.lifetime) * 1000);

const server = new Server(Receiver);
server.on('networkError', (error) => console.log(`error ${error.message}`));
// Handed on to node's own listen: loopback only, any free port.
server.listen({ host: '127.0.0.1', port: 0 }, {
  securityOptions: {
    key: readFileSync(options.key),
    cert: readFileSync(options.cert),
    ca: readFileSync(options.ca),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  },
});
await once(server.server, 'listening');
console.log(`port ${server.server.address().port}`);
