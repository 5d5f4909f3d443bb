// Begins a newborn's matter as a web page would; it only has to type-check against the types made from the contract.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type TaskState = components["schemas"]["TaskState"];
type ApplicationState = components["schemas"]["ApplicationState"];

const client = createClient<paths>({ baseUrl: "https://localhost:8000" });

export async function apply(key: string, answers: Record<string, string>): Promise<ApplicationState> {
  const made = await client.POST("/api/v1/drafts", {
    params: { header: { "Idempotency-Key": key } },
    body: { matter_code: "newborn", answers },
  });
  if (made.error) {
    throw new Error(`${made.error.code} ${made.error.trace_id ?? ""}`);
  }
  const form: Record<string, string> = Object.fromEntries(made.data.missing.map((fault) => [fault.pointer, ""]));
  const path = { draft_id: made.data.draft_id };
  const saved = await client.PUT("/api/v1/drafts/{draft_id}", {
    params: { path, header: { "If-Match": `"${made.data.version}"` } },
    body: { form, materials: {} },
  });
  if (saved.error) {
    throw new Error(saved.error.detail ?? saved.error.title);
  }
  const submitted = await client.POST("/api/v1/applications", {
    params: { header: { "Idempotency-Key": `${key}-submitted` } },
    body: { ...path, draft_version: saved.data.version },
  });
  if (submitted.error) {
    throw new Error(submitted.error.errors?.map((fault) => fault.detail).join() ?? submitted.error.title);
  }
  return submitted.data.state;
}

export async function waiting(state: TaskState): Promise<string[]> {
  const { data } = await client.GET("/api/v1/tasks", { params: { query: { state, limit: 50 } } });
  return data?.items.map((task) => `${task.unit_name} ${task.name} ${task.promised_due ?? ""}`) ?? [];
}

// @ts-expect-error  no such state: the set is closed
await waiting("lost");
