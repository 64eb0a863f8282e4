"""`modelmonitor init`: look at a workload, and write a monitor for it that is ready to be applied.

workload, Services ─▶ target; pods ─▶ probing ─▶ servers, exposed; table or traffic ─▶ reference ─▶ draft
"""
