"""python3-kafka against a broker: arguments are its address, a topic and a count; prints one line of JSON: what was seen."""
import json
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

address, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
admin = KafkaAdminClient(bootstrap_servers=address)
admin.create_topics([NewTopic(topic, num_partitions=3, replication_factor=1)])

for codec in (None, "gzip"):
    producer = KafkaProducer(bootstrap_servers=address, acks="all", compression_type=codec)
    sent = [producer.send(topic, key=b"%d" % i, value=b"value %d" % i) for i in range(count // 2)]
    for one in sent:
        one.get(timeout=30)
    producer.close()

consumer = KafkaConsumer(
    topic, bootstrap_servers=address, group_id=topic + "-group", auto_offset_reset="earliest", enable_auto_commit=False,
    consumer_timeout_ms=30000)
seen = 0
for record in consumer:
    assert record.value == b"value " + record.key, record
    seen += 1
    if seen == count:
        break
consumer.commit()
partitions = [TopicPartition(topic, n) for n in range(3)]
committed = sum(consumer.committed(one) for one in partitions)
ends = sum(consumer.end_offsets(partitions).values())
by_time = sum(1 for one in consumer.offsets_for_times({one: 0 for one in partitions}).values() if one is not None and one.offset == 0)
groups = [name for name, _ in admin.list_consumer_groups()]
consumer.close()
admin.delete_topics([topic])
print(json.dumps({"seen": seen, "committed": committed, "ends": ends, "by_time": by_time, "grouped": topic + "-group" in groups}))
