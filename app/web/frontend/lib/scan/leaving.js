// What a device knows about a person between two visits of the scan page, and forgets when they sign out on purpose.
// Scans that wait are not forgotten.

export const PROFILE = "suyuan-scan-profile";

export function forget() {
  localStorage.removeItem(PROFILE);
}
