// kafkajs against a broker: topics, a group of two that shares them, all of its codecs, offsets that stay, deletion.
// Prints one line of JSON: what was seen.
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const nonEmptyGroup = 68;

// A consumer that is disconnected just when it rejoins may join once more: it is out when its session is, and where both do, or one is
// announced only, one after the other.
async function deletedOnceEmpty(admin, group) {
  for (const deadline = Date.now() + 60000; ;) {
    try {
      return await admin.deleteGroups([group]);
    } catch (error) {
      if (error.groups?.[0]?.errorCode !== nonEmptyGroup || Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

async function main({ brokers, topic, records }) {
  const kafka = new Kafka({ clientId: 'kafkajs', brokers, logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 4, configEntries: [{ name: 'retention.ms', value: '3600000' }] }] });
  const described = await admin.describeConfigs({ resources: [{ type: 2, name: topic, configNames: ['retention.ms'] }] });
  const cluster = await admin.describeCluster();

  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
    const messages = Array.from({ length: records / 2 }, (_, i) => ({ key: `${compression}-${i}`, value: `value ${i}`, headers: { h: 'x' } }));
    await producer.send({ topic, acks: -1, compression, messages });
  }
  await producer.disconnect();

  const seen = new Set();
  const shares = [0, 0];
  const retry = { restartOnFailure: async () => false }; // else one that was disconnected goes on for ever
  const consumers = [0, 1].map(() => kafka.consumer({ groupId: topic + '-group', sessionTimeout: 10000, retry }));
  let started;
  await new Promise((done, failed) => {
    const joined = new Set();
    started = consumers.map(async (consumer, at) => {
      consumer.on(consumer.events.CRASH, (event) => failed(event.payload.error));
      consumer.on(consumer.events.GROUP_JOIN, (event) => { shares[at] = (event.payload.memberAssignment[topic] || []).length; joined.add(at); ended(); });
      const ended = () => { if (seen.size === records && joined.size === 2 && shares[0] + shares[1] === 4 && shares[0] > 0 && shares[1] > 0) done(); };
      try {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          eachMessage: async ({ message }) => { seen.add(message.key.toString() + message.headers.h.toString()); ended(); },
        });
      } catch (error) { failed(error); }
    });
  });
  await Promise.all(started); // one that is ended while its run() begins does not hear of it, and is a member for ever
  await Promise.all(consumers.map((consumer) => consumer.disconnect()));

  const committed = await admin.fetchOffsets({ groupId: topic + '-group', topics: [topic] });
  const sum = committed[0].partitions.reduce((all, one) => all + Number(one.offset), 0);
  const groups = (await admin.listGroups()).groups.map((group) => group.groupId);
  await deletedOnceEmpty(admin, topic + '-group');
  await admin.deleteTopics({ topics: [topic] });
  const left = await admin.listTopics();
  await admin.disconnect();
  console.log(JSON.stringify({
    retention: described.resources[0].configEntries[0].configValue, nodes: cluster.brokers.length,
    seen: seen.size, shares, committed: sum, grouped: groups.includes(topic + '-group'), left: left.includes(topic),
  }));
}

main(JSON.parse(process.argv[2])).catch((error) => {
  console.error(error);
  process.exit(1);
});
