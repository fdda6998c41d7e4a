export { type GovernanceAnswers, governanceAnswers, readAnswers } from './answers.ts';
export type { GovernanceFacts, VerificationView } from './facts.ts';
export { type CellState, cellStates, type FilledCell, fillTemplate, type GovernanceReport } from './fill-template.ts';
export { governanceReport } from './report-form.ts';
export { sourceNames } from './source-names.ts';
export { sourceWords } from './source-words.ts';
export { stateWords } from './state-words.ts';
export { cellsOf, type GovernanceTemplate, governanceTemplate, readTemplate } from './template.ts';
export { writeGovernanceMarkdown } from './write-markdown.ts';
