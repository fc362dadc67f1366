// Mistakes in who is granted what: each ends the run with a sentence that says what to do instead.
import * as assert from "node:assert/strict";
import { podLabels } from "../../../components/network";
import { run } from "../../support/program";
import {
  type Service,
  serviceNames,
  services,
  type Surroundings,
  surroundings,
  workloadUsing,
} from "../../support/services";

for (const service of serviceNames) {
  describe(`the wiring of ${service} is refused`, () => {
    const wiring = (
      wire: (here: Surroundings, service: Service) => void,
      generations: Record<string, string[]> = {},
    ) =>
      run(() => {
        const here = surroundings(generations);
        wire(here, services[service].start(here));
      });
    const pods = ({ team }: Surroundings, consumer: string) => ({
      namespace: team,
      pods: podLabels(consumer),
    });

    it("when an access is claimed twice", async () => {
      const twice = wiring((here, { grant }) => {
        const access = grant("iris");
        access.claim(pods(here, "iris"));
        access.claim(pods(here, "other"));
      });
      await assert.rejects(twice, {
        message:
          `The access of "iris" to ${service} is claimed twice. ` +
          `Make a Grant for each consumer, so that each has a credential of its own.`,
      });
    });

    it("when an access is claimed for pods and published too", async () => {
      const both = wiring((here, { grant }) => {
        const access = grant("iris");
        access.claim(pods(here, "iris"));
        access.publish({ namespace: "app", secretName: "iris", pods: {}, inPlace: here.access.inPlace });
      });
      await assert.rejects(both, new RegExp(`"iris" to ${service} is claimed twice`));
    });

    it("when accesses are granted that nothing uses, and all of them are named", async () => {
      const unused = wiring((here, { grant, seal }) => {
        workloadUsing("used", here, grant("used").claim(pods(here, "used")), []);
        grant("iris");
        grant("rose").claim(pods(here, "rose"));
        seal();
      });
      await assert.rejects(unused, {
        message:
          `Access to ${service} was granted to "iris", "rose", but nothing uses it. ` +
          `Pass the Grant to the component that connects, or remove it.`,
      });
    });

    it("when an access is granted after the sealing", async () => {
      const late = wiring((_, { grant, seal }) => {
        seal();
        grant("iris");
      });
      await assert.rejects(late, {
        message: `"iris" asks for access to ${service} after the granting was sealed. Grant first, seal last.`,
      });
    });

    it("when a consumer has no generation", async () => {
      const none = wiring((here, { grant }) => grant("iris").claim(pods(here, "iris")), { iris: [] });
      await assert.rejects(none, {
        message: `The credentials of "iris" have no generation. Name at least one, such as "1".`,
      });
    });
  });
}
