/*
 * From the expression of an objective to its linear form. What has none (a product of two quantities, a quantity that is no
 * mean of bounded numbers, groups that are not declared) is a reason in words; such an objective is measured.
 */
import { constantValue, type Expression, namesIn, parseExpression, type ResolvedSpec } from '../spec/index.ts';
import {
  add,
  bothConditions,
  constantForm,
  extremeForm,
  type Linear,
  meanForm,
  numberForm,
  type Term,
} from './normal-form.ts';
import { certifiableQuantity, classQuantities } from './quantities.ts';
import { fraction, negated, one, zero } from './rational.ts';

/** The linear form of a quantity, or the reason why there is none. */
export function readForm(spec: ResolvedSpec, expression: Expression): Linear | string {
  return new FormReader(spec).read(expression, null);
}

class FormReader {
  readonly #spec: ResolvedSpec;

  constructor(spec: ResolvedSpec) {
    this.#spec = spec;
  }

  /** @param where the condition on rows that holds here */
  read(expression: Expression, where: string | null): Linear | string {
    const value = constantValue(expression);
    if (typeof value === 'number' && expression.kind === 'number') return numberForm(value);
    switch (expression.kind) {
      case 'name':
        return this.#name(expression.path, where);
      case 'call':
        return this.#call(expression, where);
      case 'unary':
        return this.#scaled(this.read(expression.operand, where), negated(one));
      case 'binary':
        return this.#binary(expression, where);
      case 'grouped':
        return this.#restricted(expression, where);
      default:
        return `${expression.kind} is no quantity`;
    }
  }

  #scaled(form: Linear | string, factor: typeof one): Linear | string {
    return typeof form === 'string' ? form : add(constantForm(zero), form, factor);
  }

  #binary({ op, left, right }: Extract<Expression, { kind: 'binary' }>, where: string | null): Linear | string {
    const [a, b] = [this.read(left, where), this.read(right, where)];
    if (typeof a === 'string') return a;
    if (typeof b === 'string') return b;
    if (op === '+') return add(a, b);
    if (op === '-') return add(a, b, negated(one));
    if (op === '*') {
      if (isConstant(a)) return this.#scaled(b, a.constant);
      return isConstant(b) ? this.#scaled(a, b.constant) : 'a product of two quantities is no sum of means';
    }
    if (op !== '/' || !isConstant(b)) return 'a quotient of two quantities is no sum of means';
    if (b.constant.numerator === 0n) return 'it divides by zero';
    return this.#scaled(a, fraction(b.constant.denominator, b.constant.numerator));
  }

  #restricted(
    { value, by, where: condition }: Extract<Expression, { kind: 'grouped' }>,
    where: string | null,
  ): Linear | string {
    if (by.length > 0) return '`by` needs gap, min, max or mean around it';
    return this.#where(value, condition!, where);
  }

  #where(value: Expression, condition: Expression, where: string | null): Linear | string {
    const ofModel = ['predicted', 'actual'].find((name) => namesIn(condition).includes(name));
    if (ofModel !== undefined) return `a condition over ${ofModel} does not choose rows beforehand`;
    return this.read(value, bothConditions(where, condition));
  }

  #call(call: Extract<Expression, { kind: 'call' }>, where: string | null): Linear | string {
    const [argument] = call.args;
    switch (call.name) {
      case 'abs': {
        const form = argument === undefined ? 'abs takes a quantity' : this.read(argument, where);
        return typeof form === 'string'
          ? form
          : extremeForm('max', [form, add(constantForm(zero), form, negated(one))]);
      }
      case 'gap':
      case 'min':
      case 'max':
      case 'mean':
        return argument?.kind === 'grouped' && argument.by.length > 0
          ? this.#overGroups(call.name, argument, where)
          : `${call.name} takes a quantity by groups`;
      case 'disagreement': {
        const subjects = call.args.map((one) => (one.kind === 'name' ? one.path.join('.') : ''));
        return subjects[0] === subjects[1]
          ? constantForm(zero)
          : this.#mean({
              metric: 'disagreement',
              subject: [...subjects].sort().join('|'),
              where,
              class: null,
              cap: null,
            });
      }
      default:
        return this.#metricCall(call, where);
    }
  }

  #metricCall(call: Extract<Expression, { kind: 'call' }>, where: string | null): Linear | string {
    const parts = call.name.split('.');
    const [subject, metric] = parts.length === 2 ? [parts[0]!, parts[1]!] : ['new', call.name];
    const cap = call.named['cap'] === undefined ? null : constantValue(call.named['cap']);
    const of = call.named['class'] === undefined ? null : constantValue(call.named['class']);
    if (of !== null && typeof of === 'object') return 'a class is a text, a number or a truth value';
    return this.#mean({ metric, subject, where, class: of ?? null, cap: typeof cap === 'number' ? cap : null });
  }

  #overGroups(
    name: 'gap' | 'min' | 'max' | 'mean',
    grouped: Extract<Expression, { kind: 'grouped' }>,
    where: string | null,
  ): Linear | string {
    const conditions = this.#conditions(grouped.by);
    if (typeof conditions === 'string') return conditions;
    const forms: Linear[] = [];
    for (const condition of conditions) {
      const inner = bothConditions(where, condition);
      const form =
        grouped.where === undefined
          ? this.read(grouped.value, inner)
          : this.#where(grouped.value, grouped.where, inner);
      if (typeof form === 'string') return form;
      forms.push(form);
    }
    if (name === 'max' || name === 'min') return extremeForm(name, forms);
    if (name === 'gap') return add(extremeForm('max', forms), extremeForm('min', forms), negated(one));
    const share = fraction(1n, BigInt(forms.length));
    return forms.reduce((sum, form) => add(sum, form, share), constantForm(zero));
  }

  /** One condition for each group, or for each combination of groups of several slices. */
  #conditions(slices: readonly string[]): Expression[] | string {
    let texts: string[] = [''];
    for (const slice of slices) {
      const own = this.#sliceConditions(slice);
      if (typeof own === 'string') return own;
      texts = texts.flatMap((text) => own.map((one) => (text === '' ? one : `${text} and ${one}`)));
      if (texts.length > 1000) return 'there are more than 1,000 groups';
    }
    return texts.map((text) => parseExpression(text).expression!);
  }

  #sliceConditions(name: string): string[] | string {
    const { analysis, evaluation } = this.#spec;
    const slice = [...analysis.slices, ...evaluation.slices].find((one) => one.name === name);
    if (slice === undefined) return `${name} is no declared slice`;
    const column = `\`${slice.column.replaceAll('`', '``')}\``;
    const { edges } = slice;
    if (edges === null) {
      return `the groups of ${name} are not known before the data are seen; declare edges, for example {${name}: [10, 20]}`;
    }
    return [...Array(edges.length + 1).keys()].map((place) => {
      const from = place === 0 ? [] : [`${column} >= ${edges[place - 1]}`];
      const to = place === edges.length ? [] : [`${column} < ${edges[place]}`];
      return [...from, ...to].join(' and ');
    });
  }

  #name(path: readonly string[], where: string | null): Linear | string {
    const [first] = path;
    const isSubject = path.length > 1 && (first === 'new' || Object.hasOwn(this.#spec.objectives.baselines, first!));
    const metric = isSubject ? path.slice(1).join('.') : path.join('.');
    return this.#mean({ metric, subject: isSubject ? first! : 'new', where, class: null, cap: null });
  }

  #mean(of: Pick<Term, 'metric' | 'subject' | 'where' | 'class' | 'cap'>): Linear | string {
    const { task } = this.#spec;
    if (Object.hasOwn(this.#spec.objectives.metrics, of.metric)) {
      return `${of.metric} is the project's own; certifying it is not built yet`;
    }
    const quantity = certifiableQuantity(this.#spec, of.metric, of.cap);
    if (typeof quantity === 'string') return quantity;
    if (classQuantities.has(of.metric) && of.class === null && task.kind === 'multiclass')
      return this.#meanOfClasses(of);
    return meanForm({ ...of, ...quantity });
  }

  /** Without a class these are averages over all classes. */
  #meanOfClasses(of: Pick<Term, 'metric' | 'subject' | 'where' | 'class' | 'cap'>): Linear | string {
    const { classes } = this.#spec.task;
    if (of.metric === 'positive_rate') return 'positive_rate is of one class; name it: positive_rate(class=…)';
    if (classes === null)
      return `${of.metric} is an average over classes; declare task.classes, or name one: ${of.metric}(class=…)`;
    const share = fraction(1n, BigInt(classes.length));
    let sum = constantForm(zero);
    for (const one of classes) {
      const form = this.#mean({ ...of, class: one });
      if (typeof form === 'string') return form;
      sum = add(sum, form, share);
    }
    return sum;
  }
}

function isConstant(form: Linear): boolean {
  return form.extremes.length === 0 && [...form.means.values()].every(({ factor }) => factor.numerator === 0n);
}
