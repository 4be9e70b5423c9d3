# SPDX-License-Identifier: Apache-2.0
"""Joe's story: the demo, as asserts."""
import sys
import time

from tandem import ROOT, budget, check, same

sys.path.insert(0, str(ROOT / "tests/demo"))
import story  # noqa: E402


@budget(150)
def test_the_story(world):
    """covers: V3 V4 V12"""
    began = time.monotonic()
    hubspot, salesforce = story.start(world)
    people, in_two = [int(n) for n in world.sql(
        "SELECT count(*) FILTER (WHERE n_sources > 0), count(*) FILTER (WHERE n_sources > 1) FROM person WHERE merged_into IS NULL")[0]]
    check(1000 <= people < 1600 and in_two > 100, "1,600 records became fewer people", people, in_two)
    before, task, took = story.tell(world, hubspot, salesforce)
    dana = world.value("SELECT external_id FROM source_record WHERE entity = 3 AND payload->>'LastName' = 'Field'")
    check(story.check_story(world, salesforce, before, task, dana), "the story came out right", world.log_tail(40))
    check(story.FORM in task["fields"].get("Subject", "") + task["fields"].get("Description", ""), "the task names the paper", task)
    trace = world.ctl("trace", story.JOE)
    check("joe.smith@acme.com" in trace.lower() and "Dana" in trace, "the trace tells of Joe and Dana", trace)
    print("webhook to task: %.0f ms; whole story %.1f s" % (took * 1000, time.monotonic() - began))
    world.stop()
    again = time.monotonic()
    world.start()
    took = time.monotonic() - again
    check(took < 10, "the second start takes under 10 s", took)
    time.sleep(3)
    same(len(story.tasks(salesforce, before)), 1, "Dana is not told again after a restart")
    world.stop()
