// A SCIM 2.0 server: the library scimmy behind express, with its users and groups in memory.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import Routers from "scimmy-routers";

const [host, port, token, mode] = process.argv.slice(2);
// As a dashboard server with a database: ids ascend, names and e-mail addresses are unique, members exist.
const isStrict = mode === "strict";
let last = 0;
const newId = () => (isStrict ? String(++last).padStart(8, "0") : randomUUID());
const emails = ({ emails }) => (emails ?? []).map(({ value }) => value);
const [users, groups] = [new Map(), new Map()];

// A store whose resources differ in the attribute `unique`, if there is one.
function store(all, unique) {

    function found(id) {
        if (!all.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return all.get(id);
    }

    return {
        ingress({ id = newId() }, data) {
            const before = all.has(id) ? found(id) : undefined;
            const isNamed = (other) => unique && other[unique]?.toLowerCase() === data[unique]?.toLowerCase();
            const isMailed = (other) => isStrict && emails(other).some((email) => emails(data).includes(email));
            if ([...all.values()].some((other) => other.id !== id && (isNamed(other) || isMailed(other)))) {
                throw new SCIMMY.Types.Error(409, "uniqueness", "the value is taken");
            }
            if (isStrict && (data.members ?? []).some(({ value }) => !users.has(value))) {
                throw new SCIMMY.Types.Error(400, "invalidValue", "a member does not exist");
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
            for (const group of isStrict ? groups.values() : []) {
                group.members = (group.members ?? []).filter(({ value }) => value !== id);
            }
        },
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, store(users, "userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, store(groups, isStrict ? "displayName" : undefined));
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
