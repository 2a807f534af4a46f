"""Offers the largest face as a Lab Streaming Layer outlet. Start: emenet --publish zmq://127.0.0.1:5556"""

import json
import sys

import pylsl
import zmq

socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556")
socket.subscribe("emenet")
outlet = None
while True:
    record = json.loads(socket.recv_multipart()[1])
    if not record["faces"]:
        continue
    face = record["faces"][0]
    values = dict(face["expression"]["probabilities"])
    values |= {unit: au["probability"] for unit, au in face["action_units"].items()}
    values |= {name: face[name]["value"] for name in ("valence", "arousal")}
    if outlet is None:
        info = pylsl.StreamInfo("emenet", "Emotion", len(values), pylsl.IRREGULAR_RATE, "float32", "emenet")
        channels = info.desc().append_child("channels")
        for name in values:
            channels.append_child("channel").append_child_value("label", name)
        outlet = pylsl.StreamOutlet(info)
    outlet.push_sample(list(values.values()), pylsl.local_clock() - record["latency_ms"] / 1000)
