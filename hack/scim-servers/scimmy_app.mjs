// SCIMMY behind express, with handlers that keep everything in memory.
//
// Usage: node scimmy_app.mjs HOST PORT TOKEN

import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [host, port, token] = process.argv.slice(2);
let last = 0;

const emails = (resource) => (resource.emails ?? []).map((email) => email.value);

/** Keeps one kind of resource in `all`, and refuses what `isTaken` calls a second one. */
const declare = (Resource, all, { isTaken, refuse = () => {}, onDelete = () => {} }) => {
    const missing = (id) => new SCIMMY.Types.Error(404, null, `${id} does not exist`);
    SCIMMY.Resources.declare(Resource)
        .ingress((resource, instance) => {
            const id = resource.id ?? String(++last).padStart(8, "0");
            if (resource.id && !all.has(id)) throw missing(id);
            refuse(instance);
            for (const [other, held] of all) {
                if (other !== id && isTaken(instance, held)) throw new SCIMMY.Types.Error(409, "uniqueness", "the value is in use");
            }
            const kept = { ...JSON.parse(JSON.stringify(instance)), id };
            all.set(id, kept);
            return kept;
        })
        .egress((resource) => {
            if (!resource.id) return [...all.values()];
            if (!all.has(resource.id)) throw missing(resource.id);
            return all.get(resource.id);
        })
        .degress((resource) => {
            if (!all.delete(resource.id)) throw missing(resource.id);
            onDelete(resource.id);
        });
};
const [accounts, groups] = [new Map(), new Map()];
const leave = (id) => {
    for (const group of groups.values()) group.members = (group.members ?? []).filter((member) => member.value !== id);
};
declare(SCIMMY.Resources.User, accounts, {
    isTaken: (one, other) => one.userName === other.userName || emails(one).some((email) => emails(other).includes(email)),
    onDelete: leave,
});
declare(SCIMMY.Resources.Group, groups, {
    isTaken: (one, other) => one.displayName === other.displayName,
    refuse: ({ members = [] }) => {
        const isMissing = (member) => !accounts.has(member.value);
        if (members.some(isMissing)) throw new SCIMMY.Types.Error(400, "invalidValue", "a member does not exist");
    },
});

const application = express();
application.use("/scim", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("the token is wrong");
        return "sync";
    },
}));
application.listen(Number(port), host);
