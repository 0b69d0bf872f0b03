import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// The start imports the page while it runs; named in the HTML, the page's file is on its way before that.
const preloadPage: Plugin = {
  name: 'preload-page',
  transformIndexHtml: {
    order: 'post',
    handler: (_html, context) =>
      Object.values(context.bundle ?? {}).flatMap((file) =>
        file.type === 'chunk' && file.facadeModuleId?.endsWith('/src/main.tsx')
          ? [{ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/api/dashboard/${file.fileName}` }, injectTo: 'head' }]
          : [],
      ),
  },
};

// The function app serves the page at /api/dashboard and each file beside it, without folders.
export default defineConfig({
  base: '/api/dashboard/',
  plugins: [preloadPage],
  build: {
    assetsDir: '',
    // The Content-Security-Policy allows files of the page only, and no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // Licenses are in public/notice.txt.
    license: false,
  },
  // npm run dev: the page from its sources, its data from an app on this machine. The app answers pages of its own origin only.
  server: {
    proxy: {
      '^/api/(?!dashboard)': { target: 'http://127.0.0.1:7071', changeOrigin: true, headers: { Origin: 'http://127.0.0.1:7071' } },
    },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
