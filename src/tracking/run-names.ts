import { secureRandomBytes } from '../encoding/index.ts';

const qualities = [
  ['agile', 'amber', 'ample', 'ancient', 'bold', 'brave', 'bright', 'brisk', 'calm', 'candid', 'careful', 'clear'],
  ['clever', 'cosmic', 'crisp', 'curious', 'daring', 'deft', 'eager', 'early', 'fair', 'famous', 'fleet', 'frank'],
  ['fresh', 'gentle', 'glad', 'golden', 'grand', 'handy', 'happy', 'hardy', 'honest', 'humble', 'jolly', 'keen'],
  ['kind', 'lively', 'loyal', 'lucid', 'lucky', 'mellow', 'merry', 'mighty', 'modest', 'neat', 'nimble', 'noble'],
  ['patient', 'plucky', 'polite', 'proud', 'quick', 'quiet', 'rapid', 'ready', 'silent', 'smart', 'solid', 'steady'],
].flat();
const beings = [
  ['badger', 'bear', 'beaver', 'bee', 'bison', 'crab', 'crane', 'crow', 'deer', 'dolphin', 'dove', 'duck'],
  ['eagle', 'elk', 'falcon', 'finch', 'fox', 'gecko', 'goose', 'grouse', 'hare', 'hawk', 'heron', 'horse'],
  ['ibis', 'jay', 'koala', 'lark', 'lemur', 'lion', 'lynx', 'magpie', 'mole', 'moose', 'moth', 'newt'],
  ['otter', 'owl', 'panda', 'perch', 'pike', 'pony', 'puffin', 'quail', 'rabbit', 'raven', 'robin', 'seal'],
  ['shrew', 'skink', 'sloth', 'snail', 'stork', 'swan', 'tern', 'tiger', 'toad', 'trout', 'whale', 'wren'],
].flat();

/** A name for a run that was given none: `brave-otter-417`. Names may come twice. */
export function randomRunName(): string {
  const bytes = Buffer.from(secureRandomBytes(8));
  const quality = qualities[bytes.readUInt16LE(0) % qualities.length]!;
  const being = beings[bytes.readUInt16LE(2) % beings.length]!;
  return `${quality}-${being}-${bytes.readUInt32LE(4) % 1000}`;
}
