/** The app that `_fresh/server.js` serves; parts are made on first use. */
import "./lib/schedule.ts";
import { createApp } from "./lib/app.ts";
import { services } from "./lib/services.ts";

export const app = createApp(services);
