// A SCIM 2.0 server: the library scimmy behind express, with its users and groups in memory.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import Routers from "scimmy-routers";

const [host, port, token, mode] = process.argv.slice(2);

// A store whose resources differ in the attribute `unique`, if there is one.
function store(unique) {
    const all = new Map();

    function found(id) {
        if (!all.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return all.get(id);
    }

    return {
        ingress({ id = randomUUID() }, data) {
            const before = all.has(id) ? found(id) : undefined;
            const taken = (other) => other[unique]?.toLowerCase() === data[unique]?.toLowerCase();
            if (unique && [...all.values()].some((other) => other.id !== id && taken(other))) {
                throw new SCIMMY.Types.Error(409, "uniqueness", `${unique} is taken`);
            }
            const now = new Date().toISOString();
            const meta = { created: before?.meta.created ?? now, lastModified: now };
            all.set(id, { ...JSON.parse(JSON.stringify(data)), id, meta });
            return all.get(id);
        },
        egress({ id, filter }) {
            if (id) return found(id);
            return filter ? filter.match([...all.values()]) : [...all.values()];
        },
        degress({ id }) {
            found(id);
            all.delete(id);
        },
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, store("userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, store());
const app = express();
// The routers hand on numbers of a query as text, and scimmy ignores what is not a number: every list is its first 20 resources.
// As that is what a careless installation answers, `unpaged` leaves it so.
if (mode !== "unpaged") {
    app.set("query parser", (text) => Object.fromEntries([...new URLSearchParams(text)].map(
        ([name, value]) => [name, ["startIndex", "count"].includes(name) && value !== "" ? Number(value) : value],
    )));
}
// A message for 5,000 members is longer than express accepts by default.
app.use(express.json({ type: ["application/json", "application/scim+json"], limit: "10mb" }));
app.use("/scim/v2", new Routers({
    type: "bearer",
    handler(request) {
        if (request.header("authorization") !== `Bearer ${token}`) throw new Error("the bearer token is missing or wrong");
        return "client";
    },
}));
app.listen(Number(port), host);
