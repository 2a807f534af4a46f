"""Prints the expression and valence of each face. Start: emenet --publish zmq://127.0.0.1:5556"""

import json
import sys

import zmq

socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556")
socket.subscribe("emenet")
while True:
    topic, message = socket.recv_multipart()
    record = json.loads(message)
    for face in record["faces"]:
        label, valence = face["expression"]["label"], face["valence"]["value"]
        print(record["frame"], face["id"], label, valence, flush=True)
