import {
  FLOOR,
  formatResults,
  IN_FLIGHT,
  medianColumn,
  ours,
  PEERS,
  RSS,
  type Scenario,
  TOOLS,
  VERDICT,
  wallColumns,
} from '../scenario.ts';
import { CONNECTIONS, CPU_LOAD, cpuColumns, IDEAL_MS, LATENCY_LOAD, loadCpu, loadLatency } from './loads.ts';

/** What others cost on the two stores of the table of costs. */
export const peers: Scenario = {
  name: 'peers',
  needsPeers: true,
  async measure(options) {
    const contestants = [FLOOR, ...ours(options.builds), ...PEERS];
    const cpu = await loadCpu(contestants, 3, options);
    const cpuTable = formatResults(cpu, [...cpuColumns(cpu), RSS, CONNECTIONS, VERDICT]);
    const latency = await loadLatency([...contestants, ...(options.all ? TOOLS : [])], 3, options);
    const requests = medianColumn('requests', ({ store }) => store.requests);
    return {
      title: 'Other clients',
      summary: `What others cost, 10,000 parts, 64 at a time, on a store that answers at once:\n\n${cpuTable}`,
      markdown: [
        CPU_LOAD,
        cpuTable,
        LATENCY_LOAD,
        formatResults(latency, [...wallColumns(IDEAL_MS), IN_FLIGHT, requests, VERDICT]),
      ].join('\n\n'),
    };
  },
};
