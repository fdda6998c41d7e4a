import type { RegistryTag } from './model-registry.ts';

/** The tag by which clients tell prompts from models. */
export const promptTag = 'mlflow.prompt.is_prompt';

/** Whether a tag says that what has it is a prompt. */
export function saysPrompt({ key, value }: RegistryTag): boolean {
  return key === promptTag && value.toLowerCase() === 'true';
}

/** Whether tags are those of a prompt. */
export function isPrompt(tags: readonly RegistryTag[]): boolean {
  return tags.some(saysPrompt);
}
