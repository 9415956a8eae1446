/* Three hundred workers die at random moments of deployments. */
import { randomKills } from "../crash/random-kills";

randomKills({ lanes: 6, killsPerLane: 50 });
