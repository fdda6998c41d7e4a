import { type ErrorCode, isPlatformError, PlatformError } from '../../errors/index.ts';
import type { S3Settings } from './settings.ts';
import { readXml, textIn } from './xml.ts';

/** An answer of a store that is not what was asked for. */
export class S3Failure extends Error {
  readonly status: number;
  /** The code in the answer (`NoSuchKey`), or empty: answers to HEAD have none. */
  readonly code: string;
  /** The time of the store, where it says it. */
  readonly date: string | null;
  /** The region of the bucket, where the store says it. */
  readonly region: string | null;

  constructor(status: number, body: string, headers: Readonly<Record<string, string | string[] | undefined>>) {
    const element = readXml(body);
    const error = element?.name === 'Error' ? element : null;
    const text = (name: string): string | null => (error === null ? null : textIn(error, name));
    super(text('Message') ?? `status ${status}`);
    this.status = status;
    this.code = text('Code') ?? '';
    this.date = one(headers['date']);
    this.region = text('Region') ?? one(headers['x-amz-bucket-region']);
  }

  /** Whether asking again may help. */
  get isPassing(): boolean {
    const isOverload = this.status === 429 || (this.status >= 500 && this.status !== 501);
    return isOverload || passingCodes.has(this.code);
  }

  /** Whether other credentials may help, because these have expired. */
  get isExpired(): boolean {
    return this.code === 'ExpiredToken' || this.code === 'ExpiredTokenException';
  }
}

/** Whether a value is an answer of a status. */
export function isFailure(error: unknown, ...statuses: readonly number[]): error is S3Failure {
  return error instanceof S3Failure && statuses.includes(error.status);
}

const passingCodes = new Set([
  ...['InternalError', 'OperationAborted', 'RequestTimeout', 'RequestTimeoutException', 'ServiceUnavailable'],
  ...['SlowDown', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequests', 'BadDigest'],
]);

/** What every reason means to whoever set the store up. */
const reasons: Readonly<Record<string, readonly [code: ErrorCode, hint: string]>> = {
  NoSuchBucket: [
    'ARTIFACT_BUCKET_UNKNOWN',
    'Make the bucket, or correct the address of the store (--artifacts, MLSPEC_ARTIFACTS_URL).',
  ],
  InvalidAccessKeyId: [
    'ARTIFACT_STORE_DENIED',
    'The store does not know the access key. Check AWS_ACCESS_KEY_ID, or AWS_PROFILE and the shared credentials file.',
  ],
  SignatureDoesNotMatch: [
    'ARTIFACT_STORE_DENIED',
    'The secret key does not belong to the access key, or something between changes requests. Check AWS_SECRET_ACCESS_KEY.',
  ],
  InvalidToken: ['ARTIFACT_STORE_DENIED', 'Check AWS_SESSION_TOKEN: it belongs to other credentials.'],
  ExpiredToken: ['ARTIFACT_STORE_DENIED', 'The credentials have expired. Get new ones and start again.'],
  AccessDenied: [
    'ARTIFACT_STORE_DENIED',
    'Allow s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket, s3:ListBucketMultipartUploads, s3:ListMultipartUploadParts and s3:AbortMultipartUpload on the bucket and prefix.',
  ],
  RequestTimeTooSkewed: ['ARTIFACT_STORE_DENIED', 'Set the clock of this machine, for example by NTP.'],
  QuotaExceeded: ['ARTIFACT_STORE_FULL', 'Raise the quota of the bucket, or free some space with mlspec gc.'],
  XMinioStorageFull: ['ARTIFACT_STORE_FULL', 'Give the store more space, or free some with mlspec gc.'],
};

/** Any caught value as an error of the store that says what was being done. Errors with a code of ours pass through. */
export function s3Error(error: unknown, doing: string, settings: S3Settings): unknown {
  if (isPlatformError(error)) return error;
  const where = `in s3://${settings.bucket} at ${new URL(settings.endpoint).host}`;
  if (error instanceof S3Failure) return answered(error, `${doing} ${where}`, settings);
  if (!isNetworkError(error)) return error;
  const { message, code } = error as Error & { code: string };
  return new PlatformError('ARTIFACT_STORE_IO', {
    message: `${doing} ${where}: ${message || code}`,
    hint: isUntrusted(code)
      ? 'Name the certificates of the store in AWS_CA_BUNDLE, a file in PEM, or correct the endpoint (AWS_ENDPOINT_URL_S3).'
      : 'Check the network and the endpoint (AWS_ENDPOINT_URL_S3), then run the command again.',
    cause: error,
  });
}

function answered(failure: S3Failure, doing: string, settings: S3Settings): PlatformError {
  const details = { status: failure.status, code: failure.code };
  const elsewhere = failure.region !== null && failure.region !== settings.region && failure.status < 500;
  if (elsewhere && (failure.status === 301 || failure.status === 400)) {
    return new PlatformError('ARTIFACT_STORE_DENIED', {
      message: `${doing}: expected the bucket in the region ${settings.region}, found that it is in ${failure.region}`,
      hint: `Set AWS_REGION=${failure.region}.`,
      details,
    });
  }
  const key = reasons[failure.code]
    ? failure.code
    : failure.status === 403 || failure.status === 401
      ? 'AccessDenied'
      : '';
  const [code, hint] = reasons[key] ?? ['ARTIFACT_STORE_IO', 'Check the store, then run the command again.'];
  const found = [failure.code, failure.message].filter((part) => part !== '').join(': ');
  const clock =
    failure.code === 'RequestTimeTooSkewed' && failure.date !== null ? `; its clock says ${failure.date}` : '';
  return new PlatformError(code, {
    message: `${doing}: the store answered ${failure.status} ${found}${clock}`,
    hint,
    details,
  });
}

/** Whether a connection could not be made or was lost. */
export function isNetworkError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return (
    typeof code === 'string' &&
    /^(E(CONN|AI_|PIPE|TIMEDOUT|HOST|NET|PROTO)|HPE_|ERR_(SSL|TLS|STREAM_PREMATURE)|CERT_|DEPTH_|UNABLE_|SELF_SIGNED|ENOTFOUND)/.test(
      code,
    )
  );
}

/** Whether an endpoint showed a certificate that is not known. */
export function isUntrusted(code: unknown): boolean {
  return typeof code === 'string' && /^(CERT_|DEPTH_|UNABLE_|SELF_SIGNED|ERR_TLS_CERT)/.test(code);
}

function one(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
