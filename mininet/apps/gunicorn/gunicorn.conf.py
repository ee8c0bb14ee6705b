"""What the scenario does not say on gunicorn's command line."""
import os

bind = os.environ["LISTEN"]
accesslog = None
loglevel = "warning"
keepalive = 60


def worker_exit(server, worker):
    import visits  # its folder is in the path by now
    visits.write(os.environ["TRUTH"])
