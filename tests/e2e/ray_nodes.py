"""A search on a real Ray cluster of two nodes, one of which is killed while it trains.

    python ray_nodes.py DATA OUT

Prints, as JSON, how many nodes were left at the end.
"""

import json
import sys
import time
from typing import Any

import ray
import ray._private.state
from ray.cluster_utils import Cluster

import tinypareto
from tinypareto.study.progress import Silent, Step

state: Any = ray._private.state


class Killer(Silent):
    """Kills a node that is at work, once; counts what is left."""

    left = 0

    def __init__(self, cluster: Any, nodes: list[Any]) -> None:
        self._cluster, self._nodes = cluster, nodes

    def trial(self, step: Step) -> None:
        """Called while the other node trains."""
        while self._nodes:
            free = state.available_resources_per_node()
            busy = [n for n in self._nodes if free.get(n.node_id, {}).get("CPU", 0) < 1]
            if busy:
                self._cluster.remove_node(busy[0], allow_graceful=False)
                self._nodes.clear()
            time.sleep(0.05)
        self.left = left()


def left() -> int:
    """Nodes that can train, once the cluster has noticed the death of one."""
    for _ in range(600):
        alive: int = sum(n["Alive"] and n["Resources"].get("CPU", 0) > 0 for n in state.nodes())
        if alive < 2:
            break
        time.sleep(0.1)
    return alive


def main(data: str, out: str) -> None:
    """Search on a cluster that loses a node."""
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": 100 * 2**20}
    cluster: Any = Cluster(initialize_head=True, head_node_args=head)
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=100 * 2**20) for _ in range(2)]
    killer = Killer(cluster, nodes)
    tinypareto.search(
        data,
        out=out,
        trials=5,
        select_on="test",
        seed=3,
        workers=2,
        ray=cluster.address,
        net="dscnn",
        net_options={"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
        space={"epochs": [400, 600], "batch_size": [4, 6]},
        reporter=killer,
    )
    cluster.shutdown()
    print(json.dumps({"left": killer.left}))


if __name__ == "__main__":
    main(*sys.argv[1:])
