/* What the endpoints of protected aliases and of requests to move them are for. */
/** By method and path. */
export const approvalSentences: Readonly<Record<string, string>> = {
  'POST /mlspec/protections/set': 'Protects an alias of a model, so that it moves only after approvals; 0 lifts that.',
  'GET /mlspec/protections/list': 'The protected aliases of a model, and all that was decided about its aliases.',
  'POST /mlspec/approvals/ask': 'Asks that a protected alias move to a version.',
  'GET /mlspec/approvals/list': 'Requests to move aliases, the newest first, in pages.',
  'GET /mlspec/approvals/get': 'A request with all decisions, and what is missing before the alias moves.',
  'POST /mlspec/approvals/approve': 'Approves a request, and moves the alias where nothing is missing then.',
  'POST /mlspec/approvals/reject': 'Ends a request against who asked for it.',
  'POST /mlspec/approvals/withdraw': 'Ends a request by who asked for it.',
};
