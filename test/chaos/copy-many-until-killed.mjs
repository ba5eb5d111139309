/**
 * Copies a prefix with a report as a JSON document on stdin says, to be killed on the way. Plain JavaScript on top of the build. Its
 * last line says what it did, and the most memory that it took.
 */
import { json } from 'node:stream/consumers';
import { copyObjects, fileReport, s3Store } from '../../dist/index.js';

const { endpoint, credentials, report, options } = await json(process.stdin);
const store = s3Store({ endpoint, credentials, region: 'us-east-1' });
const result = await copyObjects({ ...options, store, report: fileReport(report) });
process.stdout.write(JSON.stringify({ ...result, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) }));
