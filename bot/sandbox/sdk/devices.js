// Camera and microphone of this browser, for a preview. Nothing of it leaves the page.

import { Value, state } from "./value.js";

class Device {
  #kind;
  #values = {
    status: new Value(undefined),
    mediaStream: new Value(undefined),
    selectedDevice: new Value(undefined),
    hasBrowserPermission: new Value(true),
  };

  constructor(kind) {
    this.#kind = kind;
    this.state = state(this.#values);
  }

  async enable() {
    if (this.state.status === "enabled") return;
    const chosen = this.state.selectedDevice;
    const wanted = { [this.#kind]: chosen ? { deviceId: { exact: chosen } } : true };
    try {
      if (!navigator.mediaDevices) throw new Error("This page may not use devices.");
      this.#values.mediaStream.set(await navigator.mediaDevices.getUserMedia(wanted));
      this.#values.hasBrowserPermission.set(true);
    } catch (error) {
      this.#values.hasBrowserPermission.set(false);
      this.#values.status.set("disabled");
      throw error;
    }
    this.#values.status.set("enabled");
  }

  async disable() {
    for (const track of this.state.mediaStream?.getTracks() ?? []) track.stop();
    this.#values.mediaStream.set(undefined);
    this.#values.status.set("disabled");
  }

  async toggle() {
    await (this.state.status === "enabled" ? this.disable() : this.enable());
  }

  async select(deviceId) {
    this.#values.selectedDevice.set(deviceId);
    if (this.state.status === "enabled") {
      await this.disable();
      await this.enable();
    }
  }

  listDevices() {
    const found = new Value([]);
    const look = async () => {
      const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
      found.set(all.filter((one) => one.kind === `${this.#kind}input` && one.deviceId));
    };
    look();
    navigator.mediaDevices?.addEventListener?.("devicechange", look);
    this.#values.mediaStream.subscribe(look); // Names of devices are told only once one may be used.
    return found;
  }
}

export const camera = () => new Device("video");
export const microphone = () => new Device("audio");
