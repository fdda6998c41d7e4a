/* Documents of every program whose checks are imported. */

/** A suite of Great Expectations. */
export const suite = JSON.stringify(
  {
    name: 's',
    expectations: [
      {
        type: 'expect_column_values_to_be_between',
        kwargs: { column: 'a b', min_value: -1e5, max_value: 3, mostly: 0.9 },
      },
      {
        type: 'expect_column_values_to_match_regex_list',
        kwargs: { column: 's', regex_list: ['^\\d{2,3}[\\w-]$', '\\bend'] },
      },
      {
        type: 'expect_column_values_to_be_in_set',
        kwargs: { column: 's', value_set: ["it's", 'é'] },
        severity: 'info',
      },
      {
        type: 'expect_column_median_to_be_between',
        kwargs: { column: 's', min_value: 92 },
        meta: { notes: ['a', 'b'] },
      },
      {
        type: 'expect_select_column_values_to_be_unique_within_record',
        kwargs: { column_list: ['s', 't', 'u'], row_condition: 'x > 3', condition_parser: 'pandas' },
      },
      {
        type: 'expect_column_values_to_not_be_null',
        kwargs: { column: 'a', row_condition: { type: 'nullity', column: { name: 'b' }, is_null: false } },
      },
    ],
  },
  null,
  1,
);

/** A schema of Pandera. */
export const panderaSchema = `schema_type: dataframe
version: 0.24.0
columns:
  id:
    title: null
    dtype: int64
    nullable: false
    unique: true
    required: true
    checks:
    - value: 0
      options: {check_name: greater_than, raise_warning: false, ignore_na: true}
    - min_value: 0
      max_value: 9
      include_min: false
      include_max: true
      options: {check_name: in_range}
  name:
    dtype: str
    nullable: true
    checks: {str_matches: '[a-z]+', str_length: {min_value: 1, max_value: 3}, isin: [a, bé]}
  x: {dtype: float64, nullable: false, coerce: true, checks: [{options: {check_name: my_own}}]}
  kind: {dtype: category, nullable: true, unique: true}
  score:
    dtype: float64
    nullable: true
    in_range: {min_value: 0, max_value: 9, include_min: false, include_max: true}
    unique_values_eq: {values: [1, 2], error: 'unique_values_eq([1, 2])'}
    isin: [1, 2]
checks: null
index: [{dtype: int64}]
strict: filter
unique: [id, name]
`;

/** Properties of dbt with two models. */
export const dbt = `version: 2
models:
  - name: loans
    data_tests:
      - dbt_utils.unique_combination_of_columns: {combination_of_columns: [a, b]}
    columns:
      - name: id
        data_tests: [unique, not_null]
      - name: status
        tests:
          - accepted_values: {values: [a, b], config: {severity: warn, where: "x = 5 and Y <> 'it''s' or z in (1,2)"}}
          - accepted_values: {values: [1, 2], quote: false}
          - not_null: {config: {severity: warn, warn_if: ">10"}}
          - relationships: {to: "ref('customers')", field: id}
          - dbt_utils.expression_is_true: {expression: ">= 1"}
          - unique: {config: {error_if: ">5"}}
          - not_null: {config: {where: "lower(x) = 'a'"}}
          - my.test
  - name: other
`;

/** A schema of TensorFlow Data Validation. */
export const proto = `# a schema
feature {
  name: "tips"
  type: FLOAT
  presence { min_fraction: 0.9 min_count: 1 }
  shape { dim { size: 1 } }
  float_domain { min: 0 max: 1e3 disallow_nan: true disallow_inf: true }
  drift_comparator { infinity_norm { threshold: 0.01 } }
}
feature { name: "payment" type: BYTES domain: "pay" presence { min_fraction: 1.0 }
  value_count { min: 1 max: 3 } not_in_environment: "SERVING" lifecycle_stage: BETA
  skew_comparator { infinity_norm { threshold: 0.01 } } }
feature { name: "deep" type: STRUCT }
string_domain { name: "pay" value: "Ca\\303\\251" value: 'b' "c" }
default_environment: ["TRAINING", "SERVING"]
dataset_constraints { min_examples_count: 10 }
`;

/** A contract of the Open Data Contract Standard. */
export const contract = `kind: DataContract
apiVersion: v3.1.0
id: x
version: 1.0.0
status: active
schema:
  - name: loans
    properties:
      - {name: id, logicalType: integer, required: true, unique: true, primaryKey: true, primaryKeyPosition: 2}
      - name: mail
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        logicalTypeOptions: {format: email, minLength: 3, pattern: '^\\d+$'}
        quality:
          - {metric: nullValues, mustBeLessThan: 5, unit: percent, severity: warning}
          - {metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0}
          - {type: sql, query: SELECT 1}
      - {name: amount, logicalType: number, logicalTypeOptions: {minimum: 0, exclusiveMaximum: 100, multipleOf: 0.5}}
      - {name: tags, logicalType: array}
    quality:
      - {metric: rowCount, mustBeBetween: [1, 100]}
      - {metric: duplicateValues, arguments: {properties: [id, mail]}, mustBe: 0}
`;

/** A contract of Soda, of version 4. */
export const sodaContract = `dataset: source/db/loans
filter: amount > 0
check_attributes: {team: x}
columns:
  - name: id
    data_type: varchar(20)
    checks:
      - missing:
      - duplicate:
          threshold: {metric: percent, must_be_less_than: 5, level: warn}
  - name: status
    optional: true
    missing_values: ['', N/A]
    valid_values: [a, b]
    checks:
      - invalid: {name: known states, filter: "country = 'DE'", threshold: {must_be_less_than_or_equal: 3}}
      - invalid: {valid_format: {name: letters, regex: '^[a-z]+$'}, valid_max_length: 3}
      - missing: {threshold: {metric: percent, must_be_between: {greater_than_or_equal: 1, less_than: 9}}}
  - name: amount
    data_type: double
    checks:
      - aggregate: {function: avg, threshold: {must_be_greater_than: 3, additional: {must_be_greater_than: 5, level: warn}}}
      - aggregate: {function: percentile, threshold: {must_be: 3}}
      - invalid: {valid_reference_data: {dataset: s/d/t, column: c}}
      - invalid: {valid_min: '\${var.low}'}
checks:
  - row_count: {threshold: {must_be_not_between: {greater_than: 3, less_than: 5}}}
  - schema: {allow_extra_columns: true, allow_other_column_order: true}
  - freshness: {column: seen, threshold: {unit: day, must_be_less_than_or_equal: 2}}
  - duplicate: {columns: [id, status]}
  - failed_rows: {expression: amount < 0 and status = 'a', threshold: {metric: percent, must_be_less_than: 1}}
  - failed_rows: {query: SELECT 1}
  - metric: {expression: SUM(amount), threshold: {must_be: 0}}
`;

/** A ruleset of the Data Quality Definition Language. */
export const ruleset = `# rules of loans
Metadata = { "Version": "1.0" }
states = ["a", "b"]
Rules = [
  RowCount between 10 and 1000,
  RowCount > avg(last(10)) * 0.9,
  IsComplete "id" where "kind = 'x'",
  IsPrimaryKey "id" "kind",
  Uniqueness "id" > 0.95,
  ColumnValues "amount" between 1 and 10 with threshold > 0.9,
  ColumnValues "amount" >= 0 with threshold >= 0.9,
  ColumnValues "state" in $states,
  ColumnValues "state" not in ["x", NULL, EMPTY],
  ColumnValues "code" matches "[A-Z]{2}\\\\d+",
  ColumnValues "seen" > (now() - 3 days),
  ColumnLength "code" <= 8,
  StandardDeviation "amount" < 3,
  Entropy "state" > 0.1,
  DataFreshness "seen" <= 12 hours,
  ColumnDataType "amount" = "Double",
  (IsComplete "id") and (IsUnique "id"),
  (ColumnValues "amount" > 21) OR (ColumnValues "amount" = NULL),
  ReferentialIntegrity "id" "other.id" = 1.0,
  CustomSql "select count(*) from primary" > 0,
  ColumnCorrelation of amount and "rate" between -0.5 and 0.5
]
Analyzers = [ AllStatistics "amount" ]
`;
