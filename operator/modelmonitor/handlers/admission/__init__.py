"""The webhook that adds evaluators to pods: served by every replica, kept reachable by the acting one."""
